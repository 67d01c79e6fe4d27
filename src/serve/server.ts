/** The reply model behind HTTP on this machine, in the shape of OpenAI's API. */
import { type ContextOptions, type DeviceOptions, openReplier } from "../reply/index.ts";
import { createApp } from "./app.ts";
import { checkBind } from "./guard.ts";
import { listen } from "./listen.ts";

/** How the server is started. */
export interface ServerOptions extends DeviceOptions, ContextOptions {
  readonly gguf: string;
  /** What a request that names no length may take: `evaluate.maxReplyTokens`. */
  readonly maxReplyTokens: number;
  /** 0 (default): any free one. */
  readonly port?: number;
  /** Default 127.0.0.1; another address than loopback needs `allowRemote`. */
  readonly host?: string;
  readonly allowRemote?: boolean;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly maxBodyBytes?: number;
  readonly queuePlaces?: number;
  /** Takes a line for each request, without any text of a mail; default: nothing is logged. */
  readonly log?: (line: string) => void;
}

/** A server that listens. Whoever starts it closes it. */
export interface RunningServer {
  /** Such as `http://127.0.0.1:8017`; the API is below `/v1`. */
  readonly url: string;
  readonly model: string;
  /** Breaks off what is being answered, frees port and model. */
  close(): Promise<void>;
}

/** ours: the longest mail that is imported has 12,000 characters; as JSON escapes that is 72,000 bytes. */
const MAX_BODY_BYTES = 256_000;
/** ours: at two seconds a reply the last waits half a minute. */
const QUEUE_PLACES = 16;
/** Loads the model and listens. Throws UserError for an address that is taken, not ours, or open to other machines. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { gguf, port = 0, host = "127.0.0.1", allowRemote = false, allowedHosts = [], allowedOrigins = [] } = options;
  checkBind(host, allowRemote);
  const replier = await openReplier(gguf, options);
  const closing = new AbortController();
  const app = createApp({
    replier,
    guard: { host, allowedHosts, allowedOrigins },
    maxReplyTokens: options.maxReplyTokens,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    queuePlaces: options.queuePlaces ?? QUEUE_PLACES,
    closing: closing.signal,
    log: options.log ?? (() => {}),
  });
  const listening = await listen({ fetch: app.fetch, port, host }).catch(async (error) => {
    await replier.close();
    throw error;
  });
  return {
    url: listening.url,
    model: replier.name,
    close: () => {
      closing.abort();
      return listening.close(() => replier.close()); // the broken-off answer still gets its response
    },
  };
}
