/**
 * The built-in teacher's Files and Batch API: request files come up, batches of them are worked on, output and error files go
 * down, with what goes wrong there when asked for. Files lie in a folder of their own and go with the server.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../random.ts";
import { type BatchFaults, type BatchLine, spoilLine } from "./batch-faults.ts";
import { checkFile, openLines, readLines } from "./batch-files.ts";
import { findUpload } from "./batch-upload.ts";
import { type Answer, composeCompletion, type RequestError, refuseModel } from "./completion.ts";
import { type ChatRequest, checkRequest, sendError, sendJson } from "./http.ts";

/** How the Batch API behaves. */
export interface BatchBehaviour {
  /** From a batch's making to its end. */
  readonly latencyMs?: number;
  /** Nor does a batch end before this resolves. */
  readonly hold?: () => Promise<unknown>;
  /** Prompt tokens that all unfinished batches may have together; a batch beyond it fails with token_limit_exceeded. */
  readonly queueTokens?: number;
  /** How the n-th batch (from 1) ends; "expire" and "cancel" leave the second half of its requests undone. */
  readonly ending?: (n: number) => "complete" | "expire" | "cancel" | "fail";
  /** How often single lines go wrong. */
  readonly faults?: BatchFaults;
  /** Turns single requests down. */
  readonly refuse?: (body: ChatRequest) => RequestError | null;
  /** The most requests that a file may have. */
  readonly requestsPerFile?: number;
  /** Sees each request, such as "POST /v1/batches", once its work is done and before its answer goes out; "lose" cuts the connection instead. */
  readonly onRequest?: (what: string) => "lose" | undefined | Promise<"lose" | undefined>;
}

/** The Files and Batch API of a server. */
export interface Batches {
  /** Answers a request that is one of its own; false where it is none. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  close(): Promise<void>;
}

interface StoredFile {
  readonly id: string;
  readonly object: "file";
  readonly purpose: string;
  readonly filename: string;
  readonly bytes: number;
  readonly created_at: number;
}

interface StoredBatch {
  readonly id: string;
  readonly object: "batch";
  readonly endpoint: string;
  readonly input_file_id: string;
  readonly completion_window: string;
  readonly metadata: object | null;
  readonly created_at: number;
  status: string;
  output_file_id: string | null;
  error_file_id: string | null;
  errors: { object: "list"; data: { code: string; message: string; line: number | null; param: null }[] } | null;
  request_counts: { total: number; completed: number; failed: number };
}

const REQUESTS_A_FILE = 50_000; // OpenAI's limit
const PAGE = 20;
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** The API over `answer`, which writes what a single request would get. */
export function createBatches(options: { answer: Answer; behaviour: BatchBehaviour; number: () => number }): Batches {
  const { behaviour } = options;
  const files = new Map<string, StoredFile & { path: string }>();
  const batches = new Map<string, StoredBatch>();
  const closing = new AbortController();
  const closed = new Promise((resolve) => closing.signal.addEventListener("abort", resolve, { once: true }));
  const working = new Set<Promise<void>>();
  const random = createRandom(behaviour.faults?.seed ?? 1);
  let folder: Promise<string> | null = null;
  let made = 0;
  let queuedTokens = 0;

  async function newPath(id: string): Promise<string> {
    folder ??= mkdtemp(join(tmpdir(), "builtin-batches-"));
    return join(await folder, id);
  }

  const newId = (kind: string) => `${kind}-builtin-${++made}`;

  async function upload(request: IncomingMessage): Promise<StoredFile | string> {
    const id = newId("file");
    const path = await newPath(id);
    const type = /boundary="?([^";]+)"?/.exec(request.headers["content-type"] ?? "");
    if (!type) return "Files are uploaded as multipart/form-data.";
    await pipeline(request, createWriteStream(path));
    const found = await findUpload(path, type[1]);
    if (typeof found === "string") return found;
    const { filename, purpose } = found;
    return keep({ id, purpose, filename, path, bytes: (await stat(path)).size });
  }

  function keep(file: Pick<StoredFile, "id" | "purpose" | "filename" | "bytes"> & { path: string }): StoredFile {
    files.set(file.id, { object: "file", created_at: nowSeconds(), ...file });
    return show(files.get(file.id)!);
  }

  const show = ({ path: _, ...file }: StoredFile & { path: string }): StoredFile => file;

  function create(body: Record<string, unknown>): StoredBatch | string {
    const { input_file_id: inputId, endpoint, completion_window: completionWindow, metadata } = body;
    if (typeof inputId !== "string" || !files.has(inputId)) return `No such File object: ${String(inputId)}`;
    if (endpoint !== "/v1/chat/completions") return "This server works on /v1/chat/completions alone.";
    if (completionWindow !== "24h") return "Invalid completion_window: only 24h is possible.";
    const batch: StoredBatch = {
      id: newId("batch"),
      object: "batch",
      endpoint,
      input_file_id: inputId,
      completion_window: completionWindow,
      metadata: (metadata as object | undefined) ?? null,
      created_at: nowSeconds(),
      status: "validating",
      output_file_id: null,
      error_file_id: null,
      errors: null,
      request_counts: { total: 0, completed: 0, failed: 0 },
    };
    batches.set(batch.id, batch);
    const work = runBatch(batch, batches.size).catch((error) => {
      if (!closing.signal.aborted) fail(batch, "server_error", (error as Error).message);
    });
    working.add(work);
    work.finally(() => working.delete(work));
    return batch;
  }

  function fail(batch: StoredBatch, code: string, message: string): void {
    batch.errors = { object: "list", data: [{ code, message, line: null, param: null }] };
    batch.status = "failed";
  }

  async function runBatch(batch: StoredBatch, n: number): Promise<void> {
    const { path } = files.get(batch.input_file_id)!;
    const ending = behaviour.ending?.(n) ?? "complete";
    const checked = await checkFile(path, behaviour.requestsPerFile ?? REQUESTS_A_FILE);
    if (typeof checked === "string") return fail(batch, "invalid_file", checked);
    if (ending === "fail") return fail(batch, "server_error", "The batch failed.");
    const { queueTokens = Number.POSITIVE_INFINITY } = behaviour;
    if (queuedTokens + checked.tokens > queueTokens) {
      const limit = queueTokens.toLocaleString("en-US");
      const message = `Enqueued token limit reached for builtin-rules. Limit: ${limit} enqueued tokens. Please try again once some in_progress batches have been completed.`;
      return fail(batch, "token_limit_exceeded", message);
    }
    queuedTokens += checked.tokens;
    try {
      batch.request_counts.total = checked.requests;
      batch.status = "in_progress";
      await sleep(behaviour.latencyMs ?? 0, undefined, { signal: closing.signal });
      if (behaviour.hold) await Promise.race([behaviour.hold(), closed]);
      await work({ batch, path, total: checked.requests, ending });
    } finally {
      queuedTokens -= checked.tokens;
    }
  }

  async function work(options: { batch: StoredBatch; path: string; total: number; ending: string }): Promise<void> {
    const { batch, path, total, ending } = options;
    const [outputId, errorId] = [newId("file"), newId("file")];
    const [output, errors] = [openLines(await newPath(outputId)), openLines(await newPath(errorId))];
    const undone = ending === "complete" ? total : Math.floor(total / 2);
    let at = 0;
    for await (const text of readLines(path)) {
      const stopped = at++ >= undone || batch.status === "cancelling";
      const line = stopped ? leaveUndone(text, ending) : answerLine(text);
      if (line.isAnswer) batch.request_counts.completed++;
      else batch.request_counts.failed++;
      for (const part of stopped ? [line] : spoilLine(line, random, behaviour.faults ?? {}))
        await (part.isAnswer ? output : errors).write(part.text);
      if (at % LINES_A_TURN === 0) await sleep(0, undefined, { signal: closing.signal });
    }
    for (const [file, id, name] of [
      [output, outputId, "output"],
      [errors, errorId, "error"],
    ] as const) {
      const bytes = await file.close();
      if (bytes === 0) continue;
      keep({ id, purpose: "batch_output", filename: `${batch.id}_${name}.jsonl`, bytes, path: await newPath(id) });
      if (name === "output") batch.output_file_id = id;
      else batch.error_file_id = id;
    }
    const cancelled = batch.status === "cancelling" || ending === "cancel";
    batch.status = cancelled ? "cancelled" : ending === "expire" ? "expired" : "completed";
  }

  function answerLine(text: string): BatchLine {
    const { custom_id: customId, body } = JSON.parse(text) as { custom_id: string; body: unknown };
    const checked = checkRequest(body);
    const wrap = (status: number, answer: object): BatchLine => {
      const response = { status_code: status, request_id: `builtin-${options.number()}`, body: answer };
      const line = { id: `batch_req_${customId}`, custom_id: customId, response, error: null };
      return { customId, isAnswer: status === 200, text: JSON.stringify(line) };
    };
    if (typeof checked === "string")
      return wrap(400, { error: { message: checked, type: "invalid_request_error", param: null, code: null } });
    const refused = refuseModel(checked) ?? behaviour.refuse?.(checked);
    const composed = refused ?? composeCompletion({ body: checked, answer: options.answer });
    if ("error" in composed) return wrap(composed.status, { error: { param: null, code: null, ...composed.error } });
    return wrap(200, composed.complete(options.number()));
  }

  function cancel(batch: StoredBatch): StoredBatch {
    if (batch.status === "validating" || batch.status === "in_progress") batch.status = "cancelling";
    return batch;
  }

  async function route(request: IncomingMessage, url: URL): Promise<Routed> {
    const { method } = request;
    const [kind, id, action] = url.pathname.replace(/^\/v1\//, "").split("/");
    const missing: Routed = [404, `No such object: ${id}`];
    if (kind === "files" && !id) {
      if (method === "POST") return good(await upload(request));
      const purpose = url.searchParams.get("purpose");
      const data = [...files.values()].filter((file) => purpose === null || file.purpose === purpose).map(show);
      return [200, { object: "list", data: data.reverse(), has_more: false }];
    }
    if (kind === "files") {
      const file = files.get(id);
      if (!file) return missing;
      if (method === "DELETE") {
        files.delete(id);
        await rm(file.path, { force: true });
        return [200, { id, object: "file", deleted: true }];
      }
      return action === "content" ? [200, { path: file.path }] : [200, show(file)];
    }
    if (method === "POST" && !id) return good(create(await readJson(request)));
    if (!id) return [200, list(url)];
    const batch = batches.get(id);
    if (!batch) return missing;
    return [200, method === "POST" && action === "cancel" ? cancel(batch) : batch];
  }

  function list(url: URL): object {
    const all = [...batches.values()].reverse(); // the newest first
    const after = url.searchParams.get("after");
    const from = after === null ? 0 : all.findIndex((batch) => batch.id === after) + 1;
    const to = from + Number(url.searchParams.get("limit") ?? PAGE);
    return { object: "list", data: all.slice(from, to), has_more: to < all.length };
  }

  return {
    async handle(request, response) {
      const url = new URL(request.url ?? "/", "http://loopback");
      if (!/^\/v1\/(files|batches)(\/|$)/.test(url.pathname)) return false;
      const [status, value] = await route(request, url);
      const lost = await behaviour.onRequest?.(`${request.method} ${url.pathname}`);
      if (lost === "lose") response.destroy();
      else if (typeof value === "string")
        sendError(response, status, { message: value, type: "invalid_request_error" });
      else if ("path" in value && typeof value.path === "string") {
        response.writeHead(200, { "content-type": "application/octet-stream" });
        await pipeline(createReadStream(value.path), response).catch(() => response.destroy());
      } else sendJson(response, status, value);
      return true;
    },
    async close() {
      closing.abort();
      await Promise.all(working);
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/** Status, and the body or what was wrong; a body with `path` is that file. */
type Routed = [number, object | string];

const good = (value: object | string): Routed => [typeof value === "string" ? 400 : 200, value];

/** Between so many lines others get a turn. */
const LINES_A_TURN = 100;

function leaveUndone(text: string, ending: string): BatchLine {
  const { custom_id: customId } = JSON.parse(text) as { custom_id: string };
  const error =
    ending === "expire"
      ? { code: "batch_expired", message: "This request could not be executed before the completion window expired." }
      : { code: "batch_cancelled", message: "This request was not executed before the batch was cancelled." };
  const line = { id: `batch_req_${customId}`, custom_id: customId, response: null, error };
  return { customId, isAnswer: false, text: JSON.stringify(line) };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
