/** Going from mail to mail in the order of the list, also from one that has just left it. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Rows } from "./rows.ts";

export function useMoves(options: { rows: Rows | null; openMail: string | null; open: (id: string) => void }) {
  const latest = useRef(options);
  latest.current = options;
  const anchor = useRef(-1); // where the open mail stands, or stood
  const rowsThatFit = useRef(8);
  const asked = useRef<{ readonly rows: Rows; readonly id: string } | null>(null);
  const [absent, setAbsent] = useState<string | null>(null);
  const { rows, openMail } = options;
  const place = rows === null || openMail === null ? -1 : rows.indexOf(openMail);
  if (place >= 0) anchor.current = place;

  useEffect(() => {
    if (rows === null || openMail === null || place >= 0) return;
    if (asked.current?.rows === rows && asked.current.id === openMail) return;
    asked.current = { rows, id: openMail };
    void rows.locate(openMail).then((found) => setAbsent(found < 0 ? openMail : null));
  }, [rows, openMail, place]);

  const move = useCallback(async (delta: number) => {
    const { rows, openMail } = latest.current;
    if (rows === null || rows.total === null) return;
    let from = openMail === null ? -1 : rows.indexOf(openMail);
    if (from < 0 && openMail !== null && anchor.current >= 0) {
      const there = await rows.load(anchor.current);
      // Where it has left the list its follower stands in its place.
      from = there?.id === openMail || delta < 0 ? anchor.current : anchor.current - 1;
    }
    const target = Math.min(rows.total - 1, Math.max(0, from + delta));
    const row = await rows.load(target);
    if (row && latest.current.openMail === openMail) latest.current.open(row.id);
  }, []);

  const fit = useMemo(
    () => ({
      get current() {
        return rowsThatFit.current;
      },
      set: (count: number) => {
        rowsThatFit.current = count;
      },
    }),
    [],
  );
  return { move, fit, isAbsent: place < 0 && absent !== null && absent === openMail };
}
