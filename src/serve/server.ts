/** The reply model behind HTTP on this machine: OpenAI's API, and the assistant's. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import {
  type AssistantOptions,
  type ContextOptions,
  type DeviceOptions,
  openReplyService,
  type openResponses,
  type StandIn,
} from "../reply/index.ts";
import { createApp } from "./app.ts";
import { checkBind, checkLength } from "./guard.ts";
import { listen, type TlsOptions } from "./listen.ts";
import { offerModels } from "./models.ts";
import { type OwnWordsOptions, openOwnWords } from "./own-words.ts";
import { createQueue } from "./queue.ts";
import { modelId } from "./request.ts";
import type { KeepEdits } from "./serving.ts";

/** How the server is started; the assistant's options are the trigger and `reply.loopBan`. */
export interface ServerOptions extends DeviceOptions, ContextOptions, Omit<AssistantOptions, "responses">, StandIn {
  /** Shown before the model answers, and given to the app. */
  readonly responses?: ReturnType<typeof openResponses>;
  readonly gguf: string;
  readonly findStyle?: OwnWordsOptions["findStyle"];
  /** Keeps what people made of drafts; without it none is taken. */
  readonly keepEdits?: KeepEdits;
  /** What a request that names no length may take: `evaluate.maxReplyTokens`. */
  readonly maxReplyTokens: number;
  /** 0 (default): any free one. */
  readonly port?: number;
  /** Default 127.0.0.1; another address than loopback needs a `key`. */
  readonly host?: string;
  /** Whoever asks for a model or an answer must send it as `Authorization: Bearer KEY`: 16 characters or more. */
  readonly key?: string;
  /** What an add-on of a mail program on this machine must send in the same way; without it none is let in. As long. */
  readonly addOnKey?: string;
  readonly tls?: TlsOptions;
  /** The app, built (`npm run build`: dist/web/app); without it there is the API alone. */
  readonly webFolder?: string;
  /** GGUF files that the app may load, the first one by itself; default: `gguf`. */
  readonly models?: readonly string[];
  /** How long answers in progress may take to end when the server closes. Default 10 seconds. */
  readonly graceMs?: number;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly maxBodyBytes?: number;
  /** Requests that may wait for the model. Default 64. */
  readonly queuePlaces?: number;
  /** Replies that are written at once where that changes none of them; each holds a context's cache. Default 8. */
  readonly lanes?: number;
  /** Takes a line for each request, without any text of a mail; default: nothing is logged. */
  readonly log?: (line: string) => void;
}

/** A server that listens. Whoever starts it closes it. */
export interface RunningServer {
  /** Such as `http://127.0.0.1:8017`; the API is below `/v1`. */
  readonly url: string;
  readonly model: string;
  /** Lets what is being answered end within `graceMs`, breaks off the rest, frees port and model. */
  close(): Promise<void>;
}

/** ours: the longest mail that is imported has 12,000 characters; as JSON escapes that is 72,000 bytes. */
const MAX_BODY_BYTES = 256_000;
/** ours: at two seconds a reply and eight at once the last waits 16 seconds. */
const QUEUE_PLACES = 64;
/** ours: beyond eight, two cores gain little, and a model of a billion parameters holds 32 MB for each. */
const LANES = 8;
/** ours: twice the longest reply that was measured on two busy cores with a model of 135 million parameters. */
const GRACE_MS = 10_000;

/** Loads the model and listens. Throws UserError for an address that is taken, not ours, or open to other machines. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { gguf, port = 0, host = "127.0.0.1", key, addOnKey, tls, webFolder } = options;
  const { allowedHosts = [], allowedOrigins = [], graceMs = GRACE_MS } = options;
  checkBind(host, key);
  if (addOnKey !== undefined) checkLength(addOnKey);
  if (webFolder !== undefined && !existsSync(join(webFolder, "index.html")))
    throw new UserError(`The app is not built: ${webFolder} holds no index.html. Build it with npm run build.`);
  const { queuePlaces: places = QUEUE_PLACES, lanes = LANES } = options;
  const service = await openReplyService(gguf, { ...options, lanes });
  const { replier, assistant } = service;
  const ownWords = openOwnWords(gguf, options);
  const closing = new AbortController();
  const chats = createQueue({ places, workers: replier.lanes });
  const mails = createQueue({ places });
  const app = createApp({
    ...{ replier, assistant, chats, mails, responses: options.responses },
    ...{ inOwnWords: ownWords.open, keepEdits: options.keepEdits },
    guard: { host, allowedHosts, allowedOrigins, isSecure: tls !== undefined, addOnKey },
    key,
    webFolder,
    models: offerModels(options.models ?? [gguf], options.completeFrom),
    maxReplyTokens: options.maxReplyTokens,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    loopBan: options.loopBan ?? true,
    closing: closing.signal,
    log: options.log ?? (() => {}),
  });
  const listening = await listen({ fetch: app.fetch, port, host, tls }).catch(async (error) => {
    await service.close();
    throw error;
  });
  return {
    url: listening.url,
    model: modelId(replier.name),
    close: () =>
      listening.close(async () => {
        closing.abort();
        await Promise.all([chats.idle(), mails.idle()]);
        await ownWords.close();
        await service.close(); // the broken-off answer still gets its response
      }, graceMs),
  };
}
