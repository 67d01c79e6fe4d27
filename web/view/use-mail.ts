/** The open mail, and its neighbours fetched ahead. Until a mail has come the one before it stays in sight. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { MailDetail } from "../../src/view/api.ts";
import { fetchMail } from "./fetch.ts";
import type { Epoch } from "./use-run.ts";

/** ours: the open mail, its neighbours and the way back. */
const MAILS_KEPT = 12;

interface Kept {
  readonly mail: MailDetail;
  readonly epoch: Epoch;
}

/** `isHeld`: the person is writing in it, so it stays as it is. */
export function useMail(id: string | null, epoch: Epoch, isHeld: boolean) {
  const kept = useRef(new Map<string, Kept>());
  const now = useRef(epoch);
  now.current = epoch;
  const last = useRef<MailDetail | null>(null);
  const [, redraw] = useState({});
  const [failure, setFailure] = useState<{ readonly id: string; readonly message: string } | null>(null);

  const put = useCallback((mail: MailDetail, of: Epoch = now.current) => {
    kept.current.delete(mail.id);
    kept.current.set(mail.id, { mail, epoch: of });
    for (const old of kept.current.keys()) {
      if (kept.current.size <= MAILS_KEPT) break;
      kept.current.delete(old);
    }
    redraw({});
  }, []);

  useEffect(() => {
    if (id === null || isHeld || kept.current.get(id)?.epoch === epoch) return;
    const stop = new AbortController();
    fetchMail(id, stop.signal).then(
      (mail) => {
        setFailure(null);
        put(mail, epoch);
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setFailure({ id, message: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => stop.abort();
  }, [id, epoch, isHeld, put]);

  /** Fetches a mail ahead of its time. */
  const prefetch = useCallback(
    (ahead: string) => {
      const asked = now.current;
      if (kept.current.get(ahead)?.epoch === asked) return;
      fetchMail(ahead).then(
        (mail) => put(mail, asked),
        () => {}, // nobody has asked for it yet
      );
    },
    [put],
  );

  const entry = id === null ? undefined : kept.current.get(id);
  if (id === null) last.current = null;
  else if (entry) last.current = entry.mail;
  return {
    mail: last.current,
    isLoading: id !== null && !entry,
    error: failure !== null && failure.id === id && !entry ? failure.message : null,
    put,
    prefetch,
  };
}
