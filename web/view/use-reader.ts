/** The open mail and what the person is about to do with it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { decisionsOn } from "./decisions.ts";
import { useChoice } from "./use-choice.ts";
import { useDesk } from "./use-desk.ts";
import type { List } from "./use-list.ts";
import { useMail } from "./use-mail.ts";
import { useMoves } from "./use-moves.ts";
import type { Epoch } from "./use-run.ts";

export type Reader = ReturnType<typeof useReader>;

export function useReader(options: { list: List; epoch: Epoch; goesOn: boolean; changed: () => void }) {
  const { list, epoch, goesOn, changed } = options;
  const { openMail, shown, open } = list;
  const [held, setHeld] = useState<string | null>(null); // the mail whose reply is being edited
  const { mail, isLoading, error, put, prefetch } = useMail(openMail, epoch, held === openMail);
  const here = mail !== null && mail.id === openMail ? mail : null;
  const { move, fit, isAbsent } = useMoves({ rows: shown?.rows ?? null, openMail, open });
  const desk = useDesk({
    mail: here,
    show: put,
    putRow: (row) => shown?.rows.put(row),
    open,
    goOn: async () => {
      if (goesOn) await move(1);
    },
    changed,
  });
  useEffect(() => setHeld(desk.edit === null ? null : openMail), [desk.edit === null, openMail]);

  const { chosen, choose } = useChoice(mail);
  const [note, setNote] = useState<string | null>(null);
  const pane = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setNote(null);
    pane.current?.scrollTo(0, 0);
  }, [mail?.id]);

  useEffect(() => {
    if (here === null || !shown) return;
    const place = shown.rows.indexOf(here.id);
    for (const index of place < 0 ? [] : [place + 1, place - 1]) {
      const row = shown.rows.at(index);
      if (row) prefetch(row.id);
    }
  }, [here?.id, shown?.rows, prefetch]);

  const goTo = (delta: number) => {
    desk.forget();
    void move(delta);
  };
  return {
    /** In sight; while another is on its way, the one before. */
    mail,
    /** The open mail, once it has come. */
    here,
    ...{ isLoading, error, isAbsent, desk, chosen, choose, note, setNote, pane, goTo, fit },
    decisions: decisionsOn({ mail: here, chosen, note, desk }),
  };
}
