/** `imaps://USER@HOST[:PORT][/FOLDER[,FOLDER]…]` taken apart. The password never stands in it. */
import { UserError } from "../../errors.ts";

/** Where a mailbox is on a server. */
export interface ImapAddress {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (imaps); else STARTTLS, which only a server on this machine may lack. */
  readonly secure: boolean;
  readonly user: string;
  /** Names of folders; empty for INBOX and the folder of sent mail; `*` for all. */
  readonly folders: readonly string[];
}

const EXAMPLE = "for example imaps://ann%40example.com@imap.example.com/INBOX,Sent";

export function isImapAddress(source: string): boolean {
  return /^imaps?:\/\//i.test(source);
}

/** Takes an address apart; an `@` in the user's name may stand as it is. Throws UserError. */
export function parseImapAddress(source: string): ImapAddress {
  let url: URL;
  try {
    url = new URL(source);
  } catch {
    throw new UserError(
      `${withoutPassword(source)} is not the address of a mailbox. It is imaps://USER@HOST/FOLDER, ${EXAMPLE}.`,
    );
  }
  if (url.password !== "") {
    throw new UserError(
      "The password must not stand in the address of the mailbox, where other users and the shell's history see it: put it into the environment variable that import.imap.passwordEnv names (IMAP_PASSWORD).",
    );
  }
  if (url.username === "" || url.hostname === "") {
    throw new UserError(
      `${source} names no ${url.username === "" ? "user" : "server"}. An address is imaps://USER@HOST/FOLDER, ${EXAMPLE}.`,
    );
  }
  const secure = url.protocol.toLowerCase() === "imaps:";
  const folders = url.pathname.replace(/^\/+/, "").split(",").map(decodeURIComponent);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? 993 : 143) : Number(url.port),
    secure,
    user: decodeURIComponent(url.username),
    folders: folders.map((folder) => folder.trim()).filter((folder) => folder !== ""),
  };
}

function withoutPassword(source: string): string {
  return source.replace(/^(\w+:\/\/[^/:]*):[^/]*@/, "$1@");
}
