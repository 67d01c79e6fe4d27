/** What the person can do with the open mail, each a word to the desk. */
import type { MailDetail } from "../../src/view/api.ts";
import { type Desk, isChanged } from "./use-desk.ts";

export type Decisions = ReturnType<typeof decisionsOn>;

/** The decisions on `mail`; none of them does anything while it is not here. */
export function decisionsOn(options: {
  mail: MailDetail | null;
  chosen: number | null;
  /** Of a rejection. */
  note: string | null;
  desk: Desk;
}) {
  const { mail, chosen, note, desk } = options;
  const { edit } = desk;
  const draft = mail?.drafts.find(({ attempt }) => attempt === chosen);
  return {
    accept() {
      if (mail === null || !draft) return;
      const { reply, attempt } = draft;
      const said = mail.drafts.length > 1 ? `Accepted draft ${attempt}` : "Accepted";
      void desk.decide(said, { decision: "accept", reply, attempt });
    },
    /** Looked at and left open: the random order goes on past it. */
    unsure() {
      if (mail !== null) void desk.decide("Left open", { decision: "unsure" });
    },
    reject(reason?: string) {
      if (mail === null) return;
      const text = reason ?? note?.trim();
      void desk.decide("Rejected", { decision: "reject", note: text ? text : null });
    },
    startEdit() {
      if (mail === null) return;
      const { decided } = mail;
      const own = decided?.state === "edited" && decided.attempt === chosen && decided.reply !== null;
      const initial = ((own ? decided.reply : draft?.reply) ?? "").replace(/\r\n?/g, "\n"); // as a text field holds it
      desk.setEdit(mail.id, { attempt: draft?.attempt ?? null, own, initial, text: initial, asking: false });
    },
    write(text: string) {
      if (mail !== null && edit !== null) desk.setEdit(mail.id, { ...edit, text, asking: false });
    },
    saveEdit() {
      if (mail === null || edit === null || edit.text.trim() === "") return;
      const { text: reply, attempt } = edit;
      const said = attempt === null ? "Your reply accepted" : "Edited and accepted";
      void desk.decide(said, { decision: "accept", reply, attempt });
    },
    leaveEdit(isSure: boolean) {
      if (mail === null || edit === null) return;
      desk.setEdit(mail.id, isChanged(edit) && !isSure ? { ...edit, asking: true } : null);
    },
    /** Goes on with the edit after all. */
    stay() {
      if (mail !== null && edit !== null) desk.setEdit(mail.id, { ...edit, asking: false });
      document.querySelector<HTMLElement>(".editor")?.focus();
    },
  };
}
