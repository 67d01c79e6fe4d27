/**
 * OpenAI's Files and Batch API (developers.openai.com/api/docs/guides/batch) and everything that speaks it: a file of
 * requests goes up, a batch is made of it, its output and error files come down. Retries live here; a batch is never made twice.
 */

import type { HttpAnswer } from "../../endpoint/index.ts";
import {
  backoffMs,
  type Clock,
  type EndpointName,
  endpointUrl,
  explainNetwork,
  explainStatus,
  type FileHttpCall,
  openFileHttp,
  readErrorBody,
  requestHeaders,
  systemClock,
  TeacherError,
} from "../../endpoint/index.ts";
import { UserError } from "../../errors.ts";

/** A batch as the provider tells of it. */
export interface RemoteBatch {
  readonly id: string;
  readonly status: string;
  readonly inputFileId: string;
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
  readonly counts: { readonly total: number; readonly completed: number; readonly failed: number } | null;
  /** Why the whole batch failed. */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly createdAtMs: number;
  /** The name that we gave it. */
  readonly key: string | null;
}

export interface BatchApi {
  readonly endpoint: EndpointName;
  /** Returns the file's id. */
  upload(file: { path: string; name: string; sizeBytes: number }): Promise<string>;
  /** The ids of the uploaded files of that name. */
  findFiles(name: string): Promise<string[]>;
  /** Makes a batch of a file, once: where the answer was lost, the batch is looked for before it is made again. Throws QueueFull. */
  create(batch: { fileId: string; key: string; sinceMs: number }): Promise<RemoteBatch>;
  /** The batch of that key or file, made no earlier than about `sinceMs`; null where there is none. */
  find(batch: { fileId: string; key: string; sinceMs: number }): Promise<RemoteBatch | null>;
  /** null where the provider knows no such batch. */
  retrieve(id: string): Promise<RemoteBatch | null>;
  download(fileId: string, path: string): Promise<void>;
  /** Deletes a file there; a failure is of no consequence. */
  remove(fileId: string): Promise<void>;
  close(): void;
}

/** The provider takes no more prompt tokens into its queue. `limit`: how many it takes, where it says so. */
export class QueueFull extends Error {
  override name = "QueueFull";
  readonly limit: number | null;

  constructor(message: string, limit: number | null) {
    super(message);
    this.limit = limit;
  }
}

/** Under this name our key stands in a batch's metadata. */
const KEY = "pocketreply_key";
const ENDPOINT = "/v1/chat/completions";
const PAGE = 100;
/** A batch is looked for so far back before its own time: clocks differ. */
const CLOCK_SLACK_MS = 24 * 3600_000;

/** Opens the API of one endpoint. `signal` cuts what is under way. */
export function openBatchApi(options: {
  endpoint: EndpointName;
  apiKey: string | null;
  extraHeaders?: Readonly<Record<string, string>>;
  timeoutMs: number;
  retries: number;
  backoffMs: number;
  maxBackoffMs: number;
  signal?: AbortSignal;
  clock?: Clock;
}): BatchApi {
  const { endpoint, apiKey, timeoutMs, retries, signal, clock = systemClock } = options;
  const base = baseOf(endpoint);
  const http = openFileHttp(base);
  const headers = requestHeaders(base, apiKey, options.extraHeaders);
  let reached = false;
  let silentTries = 0;

  type Call = Omit<FileHttpCall, "headers" | "idleMs" | "signal" | "url"> & { path: string };

  /** One try. Throws UserError, TeacherError, QueueFull. */
  async function once({ path, ...call }: Call): Promise<HttpAnswer> {
    let answer: HttpAnswer;
    try {
      answer = await http.send({ ...call, url: urlOf(base, path), headers, idleMs: timeoutMs, signal });
      reached = true;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof UserError) throw error; // a full disk
      throw explainNetwork(error, endpoint, reached ? "reached" : ++silentTries > retries ? "silent" : "new");
    }
    if (answer.status === 200 || answer.status === 404) return answer;
    const { code, type, message } = readErrorBody(answer.text);
    if (isQueueFull(`${code} ${type}`, message)) throw new QueueFull(message, readQueueLimit(message));
    throw answer.status === 405 ? noBatchApi(endpoint, answer) : explainStatus(answer, endpoint, reached);
  }

  async function pause(tries: number, retryAfterMs: number | null): Promise<void> {
    const wait = { tries, baseMs: options.backoffMs, maxMs: options.maxBackoffMs, retryAfterMs, clock };
    await clock.sleep(backoffMs(wait), signal);
  }

  async function send<T>(call: Call, read: (answer: HttpAnswer) => T): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return read(await once(call));
      } catch (error) {
        if (!(error instanceof TeacherError) || !error.retryable || tries > retries) throw error;
        await pause(tries, error.retryAfterMs);
      }
    }
  }

  /** A JSON answer; a missing address means that there is no such API. */
  function ask(call: Call): Promise<Record<string, unknown>> {
    return send(call, readObject);
  }

  function readObject(answer: HttpAnswer): Record<string, unknown> {
    if (answer.status === 404) throw noBatchApi(endpoint, answer);
    return parse(answer.text, endpoint);
  }

  async function find({ fileId, key, sinceMs }: { fileId: string; key: string; sinceMs: number }) {
    let after = "";
    for (;;) {
      const page = await ask({ method: "GET", path: `/batches?limit=${PAGE}${after}` });
      const batches = readList(page, endpoint).map((batch) => readBatch(batch, endpoint));
      const found = batches.find((batch) => batch.key === key || batch.inputFileId === fileId);
      if (found) return found;
      const last = batches.at(-1); // newest first
      if (!last || page.has_more !== true || last.createdAtMs < sinceMs - CLOCK_SLACK_MS) return null;
      after = `&after=${encodeURIComponent(last.id)}`;
    }
  }

  return {
    endpoint,
    find,
    close: () => http.close(),
    async upload({ path, name, sizeBytes }) {
      const boundary = `pocketreply-${name.replace(/[^\w-]/g, "")}`;
      const field = (rest: string) => `--${boundary}\r\nContent-Disposition: form-data; ${rest}\r\n`;
      const body = {
        contentType: `multipart/form-data; boundary=${boundary}`,
        before: `${field('name="purpose"')}\r\nbatch\r\n${field(`name="file"; filename="${name}"`)}Content-Type: application/jsonl\r\n\r\n`,
        path,
        sizeBytes,
        after: `\r\n--${boundary}--\r\n`,
      };
      return readId(await ask({ method: "POST", path: "/files", body }), endpoint);
    },
    async findFiles(name) {
      const files = readList(await ask({ method: "GET", path: "/files?purpose=batch" }), endpoint);
      return files.filter((file) => file.filename === name).map((file) => readId(file, endpoint));
    },
    async create({ fileId, key, sinceMs }) {
      const json = JSON.stringify({
        input_file_id: fileId,
        endpoint: ENDPOINT,
        completion_window: "24h",
        metadata: { [KEY]: key },
      });
      for (let tries = 1; ; tries++) {
        try {
          return readBatch(readObject(await once({ method: "POST", path: "/batches", body: { json } })), endpoint);
        } catch (error) {
          if (!(error instanceof TeacherError) || !error.retryable || tries > retries) throw error;
          await pause(tries, error.retryAfterMs);
          const made = await find({ fileId, key, sinceMs });
          if (made) return made;
        }
      }
    },
    retrieve: (id) =>
      send({ method: "GET", path: `/batches/${encodeURIComponent(id)}` }, (answer) =>
        answer.status === 404 ? null : readBatch(parse(answer.text, endpoint), endpoint),
      ),
    async download(fileId, path) {
      const call = { method: "GET", path: `/files/${encodeURIComponent(fileId)}/content`, saveTo: path } as const;
      const { status } = await send(call, (answer) => answer);
      if (status !== 404) return;
      throw new UserError(
        `The file ${fileId} of a finished batch is gone from ${endpoint.baseUrl}, so its answers are lost. To ask for them again (they are paid for again), delete the folder's batches.json and run the same command again.`,
      );
    },
    async remove(fileId) {
      await once({ method: "DELETE", path: `/files/${encodeURIComponent(fileId)}` }).catch(() => {});
      signal?.throwIfAborted();
    },
  };
}

function baseOf({ role, baseUrl }: EndpointName): string {
  if (/^https?:\/\/./.test(baseUrl) && URL.canParse(baseUrl)) return baseUrl.replace(/(?<!\/)\/+$/, "");
  throw new UserError(
    `${role}.baseUrl is "${baseUrl}", which is no address. Give "builtin" or a URL such as https://api.openai.com/v1.`,
  );
}

/** A part of the API, with its own query beside that of the address. */
function urlOf(base: string, path: string): string {
  const [part, query] = path.split("?");
  const url = endpointUrl(base, part);
  return query === undefined ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`;
}

function noBatchApi({ role, baseUrl }: EndpointName, { status, text }: HttpAnswer): UserError {
  const { message } = readErrorBody(text);
  return new UserError(
    `There is no Batch API at ${baseUrl} (${status}${message ? `: ${message}` : ""}). Use distill.mode=sync, or a ${role}.baseUrl whose provider has OpenAI's Files and Batch API.`,
  );
}

/** Whether an error says that the queue of prompt tokens is full (OpenAI: token_limit_exceeded, "Enqueued token limit reached …"). */
export function isQueueFull(code: string, message: string): boolean {
  return /token_limit_exceeded/i.test(code) || /enqueued token limit/i.test(message);
}

/** "Limit: 2,000,000 enqueued tokens" → 2000000. */
export function readQueueLimit(message: string): number | null {
  const stated = /limit:? ?([\d,]+)/i.exec(message)?.[1];
  return stated ? Number(stated.replaceAll(",", "")) : null;
}

function parse(text: string, { baseUrl }: EndpointName): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new TeacherError(`an answer that is not JSON from ${baseUrl}`, { status: 200, retryable: true });
}

function readList(page: Record<string, unknown>, endpoint: EndpointName): Record<string, unknown>[] {
  if (Array.isArray(page.data)) return page.data;
  throw strange(endpoint, "a list without data");
}

function readId(value: Record<string, unknown>, endpoint: EndpointName): string {
  if (typeof value.id === "string" && value.id !== "") return value.id;
  throw strange(endpoint, "a file without an id");
}

function readBatch(value: Record<string, unknown>, endpoint: EndpointName): RemoteBatch {
  const { id, status, input_file_id, output_file_id, error_file_id, request_counts, errors, created_at, metadata } =
    value;
  if (typeof id !== "string" || typeof status !== "string") throw strange(endpoint, "a batch without id or status");
  const text = (part: unknown) => (typeof part === "string" && part !== "" ? part : null);
  const counts = request_counts as Record<string, number> | null | undefined;
  const data = (errors as { data?: { code?: unknown; message?: unknown }[] } | null | undefined)?.data ?? [];
  return {
    id,
    status,
    inputFileId: text(input_file_id) ?? "",
    outputFileId: text(output_file_id),
    errorFileId: text(error_file_id),
    counts: counts ? { total: counts.total ?? 0, completed: counts.completed ?? 0, failed: counts.failed ?? 0 } : null,
    errors: data.map(({ code, message }) => ({ code: text(code) ?? "", message: text(message) ?? "" })),
    createdAtMs: typeof created_at === "number" ? created_at * 1000 : 0,
    key: text((metadata as Record<string, unknown> | null | undefined)?.[KEY]),
  };
}

function strange({ role, baseUrl }: EndpointName, what: string): UserError {
  return new UserError(
    `${baseUrl} does not speak OpenAI's Batch API: it sent ${what}. Use distill.mode=sync, or another ${role}.baseUrl.`,
  );
}
