/**
 * A file of requests (OpenAI's Batch API: JSONL, one {custom_id, method, url, body} a line) and the names of its requests.
 * A name says which call of which mail it is, so that an answer finds its place from the journal alone.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { explainWriteError } from "../../errors.ts";
import { encodeJson } from "../../formats/index.ts";
import type { CallStep } from "../call.ts";
import type { StepRow } from "../steps.ts";

/** The file of requests that is being written; `close` flushes it to the disk. */
export interface RequestFile {
  readonly requests: number;
  readonly sizeBytes: number;
  readonly promptTokens: number;
  add(line: Buffer, promptTokens: number): Promise<void>;
  /** Returns the SHA-256 of the whole. */
  close(): Promise<string>;
}

const BUFFER_BYTES = 1 << 20;

/** Makes the file; memory stays at a megabyte. */
export async function openRequestFile(path: string): Promise<RequestFile> {
  const explain = (error: unknown): never => {
    throw explainWriteError(error, path);
  };
  const handle = await open(path, "w").catch(explain);
  const hash = createHash("sha256");
  const sums = { requests: 0, sizeBytes: 0, promptTokens: 0 };
  let waiting: Buffer[] = [];
  let waitingBytes = 0;

  async function flush(): Promise<void> {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    hash.update(bytes);
    await handle.appendFile(bytes).catch(explain);
  }

  return {
    get requests() {
      return sums.requests;
    },
    get sizeBytes() {
      return sums.sizeBytes;
    },
    get promptTokens() {
      return sums.promptTokens;
    },
    async add(line, promptTokens) {
      waiting.push(line);
      waitingBytes += line.length;
      sums.requests++;
      sums.sizeBytes += line.length;
      sums.promptTokens += promptTokens;
      if (waitingBytes >= BUFFER_BYTES) await flush();
    },
    async close() {
      try {
        await flush();
        await handle.sync().catch(explain);
      } finally {
        await handle.close();
      }
      return hash.digest("hex");
    },
  };
}

/** One line of the file. */
export function encodeRequest(customId: string, body: object): Buffer {
  const line = { custom_id: customId, method: "POST", url: "/v1/chat/completions", body };
  return Buffer.from(`${encodeJson(line)}\n`, "utf8");
}

/**
 * The name of a call: mail, the text it was made of, kind, round, repeat after defects, and how often it went unanswered before.
 * Another text or an answer that is journalled already gives another name.
 */
export function customIdOf(step: CallStep, sent: { id: string; digest: string }, rows: readonly StepRow[]): string {
  const { data, round, repeat } = step;
  const isSame = (row: StepRow) => row.kind === data.kind && row.round === round && row.outcome === "unanswered";
  const failures = rows.filter(isSame).length;
  return [sent.id, sent.digest.slice(0, 8), data.kind, round, repeat, failures].join("/");
}

/** The mail of a name made by `customIdOf`. */
export function emailIdOf(customId: string): string {
  return customId.split("/").slice(0, -5).join("/");
}
