/** A chat completion on the wire: the body of the request, and what the body of an answer says. */

import type { Completion, TeacherRequest, Usage } from "./client.ts";
import { spellOutSchema } from "./messages.ts";
import { isPage, readErrorBody } from "./teacher-error.ts";

/** Parameters that some endpoints or models do not take. Without response_format the schema stands in the prompt. */
const droppableParameters = ["response_format", "max_tokens", "temperature", "seed"] as const;
export type DroppableParameter = (typeof droppableParameters)[number];

/** The body of a chat-completions request, without the parameters that the endpoint turned down. */
export function requestBody(model: string, request: TeacherRequest, dropped: ReadonlySet<DroppableParameter>): object {
  const { messages, schema, temperature, maxTokens, seed } = request;
  return {
    model,
    messages: schema && dropped.has("response_format") ? spellOutSchema(messages, schema) : messages,
    ...(dropped.has("max_tokens") ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
    ...(dropped.has("temperature") ? {} : { temperature }),
    ...(dropped.has("seed") ? {} : { seed }),
    ...(schema === undefined || dropped.has("response_format")
      ? {}
      : {
          response_format: {
            type: "json_schema",
            json_schema: { name: schema.name, strict: true, schema: schema.schema },
          },
        }),
  };
}

/** The parameter that the body of a 400 complains about, if it is one that can be left out. */
export function findDroppable(text: string): DroppableParameter | undefined {
  const { param, code, message } = readErrorBody(text);
  if (code === "context_length_exceeded" || /context (length|window)/i.test(message)) return undefined;
  const named = droppableParameters.find(
    (name) => param === name || param.startsWith(`${name}.`) || message.includes(name),
  );
  return named ?? (/json_schema|structured output/i.test(message) ? "response_format" : undefined);
}

/** Whether a success comes from something else than an API: a page, or whole JSON that neither completes nor complains. */
export function isForeign(text: string): boolean {
  if (isPage(text)) return true;
  try {
    const body = JSON.parse(text) as { choices?: unknown; error?: unknown } | null;
    return typeof body !== "object" || body === null || !("choices" in body || "error" in body);
  } catch {
    return false; // cut short
  }
}

/** The parts of a chat completion that count, or what is wrong with the body. */
export function parseCompletion(text: string): Omit<Completion, "latencyMs" | "retries"> | string {
  if (text.trim() === "") return "an empty answer";
  let body: {
    choices?: { message?: Record<string, unknown>; finish_reason?: unknown }[];
    usage?: Record<string, unknown>;
    error?: unknown;
  };
  try {
    body = JSON.parse(text);
  } catch {
    return isPage(text) ? "an HTML page instead of JSON" : "an answer that is not JSON (cut short?)";
  }
  const choice = Array.isArray(body?.choices) ? body.choices[0] : undefined;
  if (!choice?.message)
    return body?.error ? `an error inside a success (${readErrorBody(text).message})` : "an answer without choices";
  const { refusal } = choice.message;
  const finishReason = typeof choice.finish_reason === "string" ? choice.finish_reason : null;
  const said = readContent(choice.message, finishReason);
  const usage = readUsage(body.usage);
  if (finishReason === "error") return "an answer that broke off with an error (finish_reason error)";
  if (said === "" && !refusal && usage?.completionTokens === 0 && usage.promptTokens === 0)
    return "an empty answer that counts no tokens";
  return {
    text: said,
    finishReason,
    refusal: typeof refusal === "string" && refusal !== "" ? refusal : null,
    usage,
  };
}

/** The words of a message: a string, the text among its parts (Mistral), or, where a server files the whole answer under reasoning, that. */
function readContent(message: Record<string, unknown>, finishReason: string | null): string {
  const { content, reasoning_content, reasoning } = message;
  const text = Array.isArray(content) ? content.map(readPart).join("") : content;
  if (typeof text === "string" && text.trim() !== "") return text;
  if (finishReason === "length") return ""; // it was still thinking
  const thought = [reasoning_content, reasoning].find((value) => typeof value === "string");
  return (thought as string | undefined) ?? "";
}

function readPart(part: unknown): string {
  if (typeof part === "string") return part;
  const { type, text } = (part ?? {}) as { type?: unknown; text?: unknown };
  return typeof text === "string" && (type === undefined || type === "text" || type === "output_text") ? text : "";
}

function readUsage(usage: Record<string, unknown> | undefined): Usage | null {
  const promptTokens = usage?.prompt_tokens;
  const completionTokens = usage?.completion_tokens;
  if (typeof promptTokens !== "number" || typeof completionTokens !== "number") return null;
  const cached = (usage?.prompt_tokens_details as { cached_tokens?: unknown } | null | undefined)?.cached_tokens;
  return { promptTokens, completionTokens, ...(typeof cached === "number" ? { cachedPromptTokens: cached } : {}) };
}
