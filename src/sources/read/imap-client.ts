/** A connection to an IMAP server: the account, what its folders are for, and what went wrong in words. */
import type { ImapFlow, ImapFlowError, ListResponse, SearchObject } from "imapflow";
import { UserError } from "../../errors.ts";
import { isLoopback } from "../../loopback.ts";
import { type ImapAddress, parseImapAddress } from "./imap-address.ts";

/** How to come into a mailbox. */
export interface ImapAccount {
  readonly address: ImapAddress;
  readonly password: string;
  /** The environment variable that the password came from. */
  readonly passwordEnv: string;
  /** No larger message is taken in. */
  readonly maxMessageBytes: number;
  readonly signal?: AbortSignal;
}

const SILENCE_MS = 60_000;

/** The account that an address names, with its password from the environment. Throws UserError where either is missing or wrong. */
export function readAccount(
  source: string,
  { passwordEnv, maxMessageBytes }: Pick<ImapAccount, "passwordEnv" | "maxMessageBytes">,
): ImapAccount {
  const address = parseImapAddress(source);
  const password = process.env[passwordEnv];
  if (password) return { address, password, passwordEnv, maxMessageBytes };
  throw new UserError(
    `The password of ${address.user} on ${address.host} is needed: put it into the environment variable ${passwordEnv} (import.imap.passwordEnv names it). Services such as Gmail want an app password, made in the account's settings.`,
  );
}

/** Connects, does `work` and logs out. On abort the connection is closed, and the command in flight fails. */
export async function withImap<T>(account: ImapAccount, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { address, password, signal, maxMessageBytes } = account;
  const { host, port, secure, user } = address;
  const { ImapFlow } = await import("imapflow"); // large, and wanted by few runs
  const client = new ImapFlow({
    ...{ host, port, secure, auth: { user, pass: password } },
    ...(secure ? {} : { doSTARTTLS: isLoopback(host) ? undefined : true }),
    ...{ logger: false, disableAutoIdle: true, socketTimeout: SILENCE_MS, connectionTimeout: SILENCE_MS },
    maxLiteralSize: Math.max(maxMessageBytes, 1 << 20) + (1 << 16),
  });
  client.on("error", () => {}); // a lost connection also fails the command in flight, where it is handled
  const stop = () => client.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
    const result = await work(client);
    await client.logout();
    return result;
  } finally {
    signal?.removeEventListener("abort", stop);
    client.close();
  }
}

/**
 * The UIDs of the open folder that a query finds. imapflow gives false where a search failed, which is not an empty answer: mail would be taken for
 * read, and a draft for one that is not there. Throws what `explainImapError` takes for a lost connection.
 */
export async function searchUids(client: ImapFlow, query: SearchObject): Promise<number[]> {
  const found = await client.search(query, { uid: true });
  if (Array.isArray(found)) return found;
  throw new Error("a search was not answered");
}

/** The folder's own name and what the server says it is for (`\Sent`). */
export function folderLabels({ path, specialUse }: ListResponse): string[] {
  return specialUse && specialUse !== "\\Inbox" && specialUse !== "\\All" ? [path, specialUse] : [path];
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

/** What went wrong, in words, and whether a new connection may help. */
export function explainImapError(
  error: unknown,
  { address, passwordEnv }: ImapAccount,
): { message: string; isRetryable: boolean } {
  if (error instanceof UserError) return { message: error.message, isRetryable: false };
  const problem = error as ImapFlowError;
  const { host, port, user, secure } = address;
  const code = problem.code ?? "";
  const server = `${host}:${port}`;
  const never = (message: string) => ({ message, isRetryable: false });
  if (problem.authenticationFailed) {
    const said = problem.responseText ? ` (${problem.responseText.slice(0, 200)})` : "";
    return never(
      `${server} does not let ${user} in${said}. Check the name and the password in ${passwordEnv}; services such as Gmail want an app password.`,
    );
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return never(`The server ${host} is not known (${code}). Check its name and the network.`);
  if (code === "ECONNREFUSED")
    return never(`Nothing answers at ${server} (${code}). Check server and port; imaps is 993, imap 143.`);
  if (CERTIFICATE.test(code)) {
    return never(
      `The certificate of ${server} cannot be trusted (${code}). Where it is your own, name its file in the environment variable NODE_EXTRA_CA_CERTS.`,
    );
  }
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER" || /wrong version number/i.test(problem.message))
    return never(
      `${server} does not speak ${secure ? "TLS here: try imap:// or another port" : "IMAP here"} (${code}).`,
    );
  if (problem.responseStatus === "NO" || problem.responseStatus === "BAD")
    return never(
      `${server} refused ${problem.command ?? "a command"}: ${(problem.responseText ?? "no reason given").slice(0, 200)}.`,
    );
  if (/STARTTLS/i.test(problem.message)) {
    return never(`${server} offers no encryption, so the password was not sent. Use imaps://, or another server.`);
  }
  return { message: `The connection to ${server} was lost (${code || problem.message}).`, isRetryable: true };
}
