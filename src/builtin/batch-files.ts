/** The files of a batch on the server's disk, line by line. */
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { countPromptTokens } from "./completion.ts";
import { checkRequest } from "./http.ts";

/** Requests and prompt tokens of a file, or what is wrong with it. */
export async function checkFile(path: string, most: number): Promise<{ requests: number; tokens: number } | string> {
  const ids = new Set<string>();
  let tokens = 0;
  let line = 0;
  for await (const text of readLines(path)) {
    line++;
    let value: { custom_id?: unknown; url?: unknown; body?: unknown };
    try {
      value = JSON.parse(text);
    } catch {
      return `Line ${line} is not JSON.`;
    }
    if (typeof value.custom_id !== "string" || value.url !== "/v1/chat/completions")
      return `Line ${line} has no custom_id or another url.`;
    if (ids.has(value.custom_id)) return `Line ${line} repeats the custom_id ${value.custom_id}.`;
    ids.add(value.custom_id);
    const body = checkRequest(value.body);
    if (typeof body !== "string") tokens += countPromptTokens(body);
  }
  if (line === 0) return "The file is empty.";
  return line > most ? `The file has ${line} requests; ${most} are possible.` : { requests: line, tokens };
}

/** The lines of a file. */
export function readLines(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
}

/** A file that is written line by line. */
export function openLines(path: string): { write(text: string): Promise<void>; close(): Promise<number> } {
  const stream = createWriteStream(path);
  return {
    write: (text) =>
      new Promise((resolve, reject) => stream.write(`${text}\n`, (error) => (error ? reject(error) : resolve()))),
    close: () =>
      new Promise((resolve, reject) => {
        stream.on("error", reject);
        stream.end(() => resolve(stream.bytesWritten));
      }),
  };
}
