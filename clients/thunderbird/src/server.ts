/** The model of `pocketreply serve` on this machine, asked over HTTP (its OpenAPI document is at /openapi.json). */
import type { ErrorBody, ReplyEvent } from "../../../src/serve/replies-api.ts";

/** Where the server is, and what it was paired with. */
export interface Connection {
  /** Such as http://127.0.0.1:8642 */
  readonly address: string;
  /** Empty before pairing. */
  readonly key: string;
}

/** The body of `POST /v1/replies`, as far as the add-on uses it. */
export interface Wish {
  readonly mail: { readonly base64: string };
  readonly owner?: { readonly name: string; readonly address: string };
  readonly include: readonly ("suggestions" | "draft")[];
  readonly anyway?: boolean;
  readonly steering?: { readonly line?: string; readonly tone?: string; readonly length?: string };
  /** mine: in the owner's own words. */
  readonly style?: "mine";
  readonly begin?: string;
  readonly temperature?: number;
  readonly seed?: number;
}

/** The parts of an answer as they come. */
export type ReplyPart = Exclude<ReplyEvent, ErrorBody>;

/** Why nothing came: no server there, not paired with it, or it refused with words of its own. */
export class ServerFault extends Error {
  readonly kind: "away" | "unpaired" | "refused";
  /** The server's own name for it. */
  readonly code: string | null;
  constructor(kind: ServerFault["kind"], { message, code }: { message: string; code: string | null } = NO_WORDS) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}

const NO_WORDS = { message: "", code: null };
const KEPT = "connection";
const DEFAULT: Connection = { address: "http://127.0.0.1:8642", key: "" };

/** The connection that is kept in this profile. */
export function readConnection(): Connection {
  return { ...DEFAULT, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
}

export function keepConnection(connection: Connection): void {
  localStorage.setItem(KEPT, JSON.stringify(connection));
}

/** Asks, and yields each part as it comes. Breaking off, or `signal`, stops the model too. Throws ServerFault, or the signal's reason. */
export async function* ask(wish: Wish, signal: AbortSignal): AsyncGenerator<ReplyPart, void> {
  const response = await post("/v1/replies", { ...wish, stream: true }, signal);
  if (response.body === null) throw new ServerFault("away");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw signal.aborted ? error : new ServerFault("away");
      });
      if (done) throw new ServerFault("away"); // the stream ends with [DONE]
      const events = (rest + value).split("\n\n");
      rest = events.pop()!;
      for (const event of events) {
        const data = event.replace(/^data: /, "");
        if (data === "[DONE]") return;
        const parsed = JSON.parse(data) as ReplyEvent; // of our own server
        if ("error" in parsed) throw new ServerFault("refused", parsed.error);
        yield parsed;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** A draft, and what the person sent in its place; the server keeps it for the next training. Throws ServerFault. */
export async function giveEdit(edit: {
  mail: { base64: string };
  line: string;
  draft: string;
  kept: string;
}): Promise<void> {
  await post("/v1/edits", { edits: [{ at: new Date().toISOString(), ...edit }] });
}

async function post(path: string, body: object, signal?: AbortSignal): Promise<Response> {
  const { address, key } = readConnection();
  const response = await fetch(address + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
    signal,
  }).catch((error) => {
    throw signal?.aborted ? error : new ServerFault("away");
  });
  if (response.status === 401 || response.status === 403) throw new ServerFault("unpaired");
  if (response.ok) return response;
  const { error }: Partial<ErrorBody> = await response.json().catch(() => ({}));
  throw new ServerFault("refused", error ?? { message: `HTTP ${response.status}`, code: null });
}
