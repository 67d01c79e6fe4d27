/** `POST /v1/chat/completions`: the model behind OpenAI's API. */
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { hashString } from "../random.ts";
import type { Prompt, ReplyResult } from "../reply/index.ts";
import { completion, lastChunk, textChunk, usageChunk } from "./completion.ts";
import { brokenOff } from "./error.ts";
import { streamEvents } from "./events.ts";
import { asField, callerSignal, explainAbort, limitBody, readFields } from "./http.ts";
import { type ChatRequest, parseChatRequest } from "./request.ts";
import type { Serving } from "./serving.ts";

/** Adds the route. */
export function addChat(app: Hono, serving: Serving): void {
  const { replier, model, maxReplyTokens, maxBodyBytes, closing } = serving;
  const defaults = { model, maxTokens: maxReplyTokens, contextTokens: replier.contextTokens };
  app.post("/v1/chat/completions", limitBody(maxBodyBytes), async (c) => {
    const request = parseChatRequest(await readFields(c), defaults);
    const prompt = asField("messages", () => replier.prepare(request), "context_length_exceeded");
    const { signal, gone } = callerSignal(c, closing);
    const head = {
      ...{ id: `chatcmpl-${randomUUID()}`, model, created: Math.floor(Date.now() / 1000) },
      warnings: warningsOf(request, replier.systemPrompt),
    };
    const job = { request, prompt, signal };
    if (!request.stream) return c.json(completion(head, await answerAll(serving, job)));
    const answer = async (emit: (event: object) => void) => {
      const begun = new Set<number>();
      const begin = (index: number) => {
        if (begun.has(index)) return;
        begun.add(index);
        emit(textChunk(head, index, { role: "assistant", content: "" }));
      };
      const onText = (index: number, content: string) => {
        begin(index);
        emit(textChunk(head, index, { content }));
      };
      const results = await answerAll(serving, { ...job, onText });
      for (const [index, result] of results.entries()) {
        begin(index); // a reply without words has its role, too
        emit(lastChunk(head, index, result));
      }
      if (request.includeUsage) emit(usageChunk(head, results));
    };
    return streamEvents(c, { answer, gone });
  });
}

/** What the caller should know of what was asked: a reply model has learnt to answer below one system message, and obeys no other. */
function warningsOf({ messages }: ChatRequest, trained: string): string[] {
  const [{ role, content }] = messages;
  if (role !== "system" || content.trim() === trained.trim()) return [];
  return [
    `The system message stands in the prompt, but this model was trained with "${trained}" alone and has not learnt to obey another. Leave it out, or steer with POST /v1/replies.`,
  ];
}

/** The `n` answers to one prompt. Without chance they are the same, and it is written once. Throws ApiError 503 where they were broken off. */
async function answerAll(
  { replier, chats, metrics, loopBan }: Serving,
  of: {
    request: ChatRequest;
    prompt: Prompt;
    signal: AbortSignal;
    onText?: (index: number, text: string) => void;
  },
): Promise<readonly ReplyResult[]> {
  const { request, prompt, signal, onText } = of;
  const { choices, temperature, seed } = request;
  const places = Array.from({ length: choices }, (_, index) => index);
  const answer = async (indices: readonly number[]) => {
    const [first] = indices;
    const result = await replier.answer({
      ...{ ...request, prompt, loopBan, signal },
      seed: seed === undefined || first === 0 ? seed : hashString(`${seed}/${first}`),
      onText: (text) => {
        for (const index of indices) onText?.(index, text);
      },
    });
    metrics.reply(result);
    return result;
  };
  const run = () =>
    temperature === 0
      ? answer(places).then((result) => places.map(() => result))
      : Promise.all(places.map((index) => answer([index])));
  const results = await chats.run(run, signal).catch(explainAbort);
  if (results.some(({ stopped }) => stopped === "abort")) throw brokenOff();
  return results;
}
