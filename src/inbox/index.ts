/** Drafts where mail lives: watches an IMAP mailbox and puts answers into its folder of drafts. It cannot send. */
export type { InboxEvent, InboxOptions } from "./settings.ts";
export { watchInbox } from "./watch.ts";
