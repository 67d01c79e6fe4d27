/** The model of `pocketreply serve` on this machine, asked over HTTP (its OpenAPI document is at /openapi.json). */
import type { Draft, Suggestion, Trigger } from "../../../src/reply/portable.ts";

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
  readonly begin?: string;
  readonly temperature?: number;
  readonly seed?: number;
}

/** What `POST /v1/replies` streams. */
export type ReplyEvent =
  | { readonly type: "trigger"; readonly trigger: Trigger; readonly language: string; readonly instant: Suggestion[] }
  | { readonly type: "suggestion"; readonly suggestion: Suggestion }
  | { readonly type: "suggestions"; readonly suggestions: Suggestion[] }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "draft"; readonly draft: Draft }
  | { readonly type: "done"; readonly model: string };

/** Why nothing came: no server there, not paired with it, or it refused with words of its own. */
export class ServerFault extends Error {
  readonly kind: "away" | "unpaired" | "refused";
  constructor(kind: ServerFault["kind"], message = "") {
    super(message);
    this.kind = kind;
  }
}

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
export async function* ask(wish: Wish, signal: AbortSignal): AsyncGenerator<ReplyEvent, void> {
  const { address, key } = readConnection();
  const response = await fetch(`${address}/v1/replies`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ ...wish, stream: true }),
    signal,
  }).catch((error) => {
    throw signal.aborted ? error : new ServerFault("away");
  });
  if (response.status === 401 || response.status === 403) throw new ServerFault("unpaired");
  if (!response.ok || response.body === null) throw new ServerFault("refused", await readMessage(response));
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
        const parsed = JSON.parse(data);
        if (parsed.error !== undefined) throw new ServerFault("refused", parsed.error.message);
        yield parsed;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function readMessage(response: Response): Promise<string> {
  const body = await response.json().catch(() => ({}));
  return body.error?.message ?? `HTTP ${response.status}`;
}
