/** Mail and tables read from anywhere, the hub, and the import stage. */

export { importMail } from "./import.ts";
export type { ImportReport } from "./import-report.ts";
export { sourceSize } from "./import-source.ts";
export {
  explainImapError,
  folderLabels,
  type ImapAccount,
  readAccount,
  searchUids,
  withImap,
} from "./read/imap-client.ts";
export { encodeMboxMessage } from "./read/mbox.ts";
