/** HTTP for the built-in teacher: requests are read and checked; answers and errors are sent in the shape of OpenAI's API. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ChatMessage } from "../endpoint/index.ts";

/** The part of a chat-completions request that is read here. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly seed?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly response_format?: {
    readonly type: string;
    readonly json_schema?: { readonly name?: unknown; readonly schema?: unknown };
  };
}

const MAX_REQUEST_BYTES = 16 << 20;

/** The request, or what is wrong with it. */
export async function readRequest(request: IncomingMessage): Promise<ChatRequest | string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_REQUEST_BYTES) return `The request is larger than ${MAX_REQUEST_BYTES} bytes.`;
    chunks.push(chunk);
  }
  try {
    return checkRequest(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  } catch {
    return "We could not parse the JSON body of your request.";
  }
}

/** The value as a request, or what is wrong with it. */
export function checkRequest(value: unknown): ChatRequest | string {
  const body = value as ChatRequest & { stream?: boolean };
  if (typeof body?.model !== "string") return "you must provide a model parameter";
  const { messages, stream, response_format: format } = body;
  const isMessage = (message: ChatMessage) => typeof message?.role === "string" && typeof message?.content === "string";
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage))
    return "'messages' must be a list of messages with a role and text";
  if (stream) return "The built-in teacher does not stream.";
  if (format?.type === "json_schema" && typeof format.json_schema?.schema !== "object")
    return "Missing required parameter: 'response_format.json_schema.schema'.";
  return body;
}

/** Sends an error object. */
export function sendError(
  response: ServerResponse,
  status: number,
  error: { message: string; type: string; code?: string | null },
  headers: Record<string, string> = {},
): void {
  sendJson(response, status, { error: { param: null, code: null, ...error } }, headers);
}

/** Sends `value` as JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(value));
}
