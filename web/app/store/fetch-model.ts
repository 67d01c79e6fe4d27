/** The bytes of a model from the server, from any place on; a connection that breaks is taken up again a few times by itself. */
import { EngineError } from "../engine/protocol.ts";

/** What is fetched. */
export interface ModelRequest {
  readonly url: string;
  readonly key: string | null;
  /** The model's ETag: bytes of another model are never joined to those that are here. */
  readonly etag: string;
  readonly from: number;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
}

/** ours: a lift or a tunnel; after that the person decides. */
const TRIES = 4;
const FIRST_WAIT_MS = 500;

/**
 * Hands every piece with its place to `take`; a piece at place 0 begins the file anew. Throws EngineError: refused, offline (nothing came), cut
 * (it can go on), damaged (the server has another model by now), or what the signal is aborted with.
 */
export async function fetchModel(
  request: ModelRequest,
  take: (bytes: Uint8Array<ArrayBuffer>, from: number) => void,
): Promise<void> {
  let at = request.from;
  for (let tries = 0; at < request.sizeBytes; ) {
    const before = at;
    try {
      const { start, body } = await ask(request, at);
      at = start;
      for (let part = await body.read(); !part.done; part = await body.read()) {
        take(part.value, at);
        at += part.value.length;
      }
      if (at < request.sizeBytes) throw new TypeError("the answer ended early");
    } catch (error) {
      request.signal.throwIfAborted();
      if (!(error instanceof TypeError)) throw error; // fetch and its body fail with TypeError where the network does
      tries = at > before ? 1 : tries + 1;
      if (tries >= TRIES) {
        const kind = at > 0 ? "cut" : "offline";
        throw new EngineError({ kind, message: `the server does not answer (${error.message})` });
      }
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** (tries - 1)));
    }
  }
}

async function ask({ url, key, etag, signal }: ModelRequest, at: number) {
  const headers: Record<string, string> = at > 0 ? { range: `bytes=${at}-`, "if-range": etag } : {};
  if (key !== null) headers.authorization = `Bearer ${key}`;
  const response = await fetch(url, { headers, signal, cache: "no-store" });
  if (response.status === 401) throw new EngineError({ kind: "refused", message: "the server wants its key" });
  if (!response.ok || response.body === null)
    throw new EngineError({ kind: "offline", message: `the server answered ${response.status}` });
  if (response.headers.get("etag") !== etag)
    throw new EngineError({ kind: "damaged", message: "the server has another model by now" });
  return { start: response.status === 206 ? at : 0, body: response.body.getReader() };
}
