/** Deciding: replies being edited, decisions being saved, and the way back. Nothing that a person wrote is lost without their word. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { MailDetail, ReviewDetail, ReviewRequest, RowSummary } from "../../src/view/api.ts";
import { ApiError, deleteReview, fetchMail, putReview } from "./fetch.ts";
import { oneLine } from "./plain.ts";

/** A reply in the person's hands. */
export interface Edit {
  /** The draft it began as; null where there was none. */
  readonly attempt: number | null;
  /** Begun from the person's own earlier words rather than from the draft. */
  readonly own: boolean;
  readonly initial: string;
  readonly text: string;
  /** Asked whether to leave without saving. */
  readonly asking: boolean;
}

/** What is to be said of the last decision. */
export interface Notice {
  readonly text: string;
  readonly kind: "done" | "failed";
  /** The decision that Undo takes back, and what stood before. */
  readonly undo: { readonly id: string; readonly before: ReviewDetail | null } | null;
}

export const isChanged = (edit: Edit) => edit.text !== edit.initial;

export type Desk = ReturnType<typeof useDesk>;

export function useDesk(options: {
  /** The mail that is open and here. */
  mail: MailDetail | null;
  show: (mail: MailDetail) => void;
  putRow: (row: RowSummary) => void;
  open: (id: string) => void;
  /** Called when a decision is saved, before anything is fetched anew. */
  goOn: () => Promise<void>;
  changed: () => void;
}) {
  const { mail } = options;
  const latest = useRef(options);
  latest.current = options;
  const [edits, setEdits] = useState<ReadonlyMap<string, Edit>>(new Map());
  const [notice, setNotice] = useState<Notice | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [decidedAtMs, setDecidedAt] = useState<readonly number[]>([]);
  const edit = mail === null ? null : (edits.get(mail.id) ?? null);

  const setEdit = useCallback((id: string, next: Edit | null) => {
    setEdits((old) => {
      const copy = new Map(old);
      if (next === null) copy.delete(id);
      else copy.set(id, next);
      return copy;
    });
  }, []);

  const openId = mail?.id;
  const wasOpen = useRef(openId);
  useEffect(() => {
    const left = wasOpen.current === undefined || wasOpen.current === openId ? undefined : edits.get(wasOpen.current);
    wasOpen.current = openId;
    if (left && isChanged(left)) {
      setNotice({ text: "Not saved yet: what you wrote is kept with its mail.", kind: "failed", undo: null });
    }
    // An edit that was only looked at ends when another mail is opened; one with changes waits for its mail to come back.
    setEdits((old) => {
      const kept = new Map([...old].filter(([id, one]) => id === openId || isChanged(one)));
      return kept.size === old.size ? old : kept;
    });
  }, [openId]);

  useEffect(() => {
    if (![...edits.values()].some(isChanged)) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [edits]);

  /** Saves and says so; false where it was not saved. */
  async function save(id: string, said: string, call: () => Promise<MailDetail>, before: ReviewDetail | null | "none") {
    if (isBusy) return false;
    setBusy(true);
    try {
      const saved = await call();
      latest.current.show(saved);
      latest.current.putRow(saved);
      setNotice({
        text: `${said}: ${oneLine(saved.subject, 60) || "no subject"}`,
        kind: "done",
        undo: before === "none" ? null : { id, before },
      });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        const fresh = await fetchMail(id).catch(() => null);
        if (fresh !== null) {
          latest.current.show(fresh);
          latest.current.putRow(fresh);
        }
        setNotice({
          text: `Not saved: ${error.message}. It is shown as it is now: please decide again.`,
          kind: "failed",
          undo: null,
        });
      } else {
        const message = error instanceof Error ? error.message : String(error);
        setNotice({ text: `Not saved: ${message}. Nothing that you wrote is lost.`, kind: "failed", undo: null });
      }
      return false;
    } finally {
      setBusy(false);
    }
  }

  async function decide(said: string, review: Omit<ReviewRequest, "seen">) {
    if (mail === null) return;
    const { id, seen } = mail;
    const isSaved = await save(id, said, () => putReview(id, { seen, ...review }), mail.decided);
    if (!isSaved) return;
    setDecidedAt((old) => [...old, performance.now()]);
    setEdit(id, null);
    if (latest.current.mail?.id === id) await latest.current.goOn();
    latest.current.changed();
  }

  /** Takes back the decision that was just announced, else that of the open mail. */
  async function undo() {
    const target = notice?.undo ?? (mail?.decided ? { id: mail.id, before: null } : null);
    if (target === null) return;
    const { id, before } = target;
    const call = async () => {
      if (before === null || before.state === "outdated") return deleteReview(id);
      const { seen } = await fetchMail(id);
      const { state, reply, attempt, note } = before;
      return putReview(
        id,
        state === "rejected"
          ? { seen, decision: "reject", note }
          : { seen, decision: "accept", reply: reply ?? "", attempt, note },
      );
    };
    const shown = latest.current.mail?.id;
    if (!(await save(id, "Taken back", call, "none"))) return;
    if (latest.current.mail?.id === shown) latest.current.open(id); // unless the person has gone on meanwhile
    latest.current.changed();
  }

  return {
    edit,
    notice,
    isBusy,
    /** When each decision of this visit was made. */
    decidedAtMs,
    setEdit,
    decide,
    undo,
    /** What was said is no longer of interest: the person has gone on. */
    forget: useCallback(() => setNotice((old) => (old === null ? old : null)), []),
  };
}
