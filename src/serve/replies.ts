/** `POST /v1/replies`, `POST /v1/complete` and `GET /v1/responses`: the assistant over HTTP, for a mail program that brings a mail. */
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import type { z } from "zod";
import { UserError } from "../errors.ts";
import {
  type AssistantMail,
  type Draft,
  readLine,
  type Suggestion,
  type Timings,
  toResponseFile,
} from "../reply/index.ts";
import { ApiError, badField } from "./error.ts";
import { type Emit, streamEvents } from "./events.ts";
import { asField, callerSignal, explainAbort, limitBody, readFields } from "./http.ts";
import { completeRequest, parseFields, readMail, repliesRequest } from "./mail-requests.ts";
import type { Serving } from "./serving.ts";

/** ours: a mail with its attachments in Base64; they are read over. */
const MAX_MAIL_BYTES = 8_000_000;

/** Adds the routes. */
export function addReplies(app: Hono, serving: Serving): void {
  const { assistant, model, mails, maxBodyBytes, closing } = serving;

  app.post("/v1/replies", limitBody(Math.max(maxBodyBytes, MAX_MAIL_BYTES)), async (c) => {
    const request = parseFields(repliesRequest, await readFields(c), model);
    const { line } = request.steering;
    if (line !== undefined) asField("steering.line", () => readLine(line));
    const mail = await readMail(request);
    const { signal, gone } = callerSignal(c, closing);
    const head = { id: `replies-${randomUUID()}`, object: "replies", created: Math.floor(Date.now() / 1000), model };
    const answer = (emit: Emit) =>
      mails.run(() => answerMail(serving, { request, mail, signal, emit }), signal).catch(explain);
    if (!request.stream) return c.json({ ...head, ...(await answer(() => {})) });
    const stream = async (emit: Emit) => {
      await answer(emit);
      emit({ type: "done", ...head });
    };
    return streamEvents(c, { answer: stream, gone });
  });

  app.get("/v1/responses", (c) => {
    if (serving.responses !== undefined) return c.json(toResponseFile(serving.responses.set));
    throw new ApiError({
      status: 404,
      message: "This server has no response set. Build one: npx pocketreply responses build",
      code: "no_responses",
    });
  });

  app.post("/v1/complete", limitBody(maxBodyBytes), async (c) => {
    const request = parseFields(completeRequest, await readFields(c), model);
    const mail = await readMail(request);
    const { signal } = callerSignal(c, closing);
    const { typed, confidence, maxWords } = request;
    const completion = await mails
      .run(() => assistant.complete(mail, typed, { confidence, maxWords, signal }), signal)
      .catch(explain);
    return c.json({ object: "completion", model, completion });
  });
}

/** What the assistant refuses is the mail: without words, or longer than any context. */
function explain(error: unknown): never {
  throw error instanceof UserError ? badField("mail", error.message) : explainAbort(error);
}

/** All that is wanted of one mail, each part emitted as it stands. */
async function answerMail(
  { assistant: plain, inOwnWords, metrics, maxReplyTokens }: Serving,
  of: { request: z.output<typeof repliesRequest>; mail: AssistantMail; signal: AbortSignal; emit: Emit },
) {
  const { request, mail, signal, emit } = of;
  const { include, anyway, steering, begin, temperature, seed, maxTokens = maxReplyTokens } = request;
  const assistant = request.style === "mine" ? await inOwnWords() : plain;
  const trigger = assistant.trigger(mail);
  const { language, questions } = assistant.read(mail);
  const instant = assistant.instant(mail);
  const head = { trigger, language, questions, leftOut: assistant.leftOut(mail), instant };
  emit({ type: "trigger", ...head });
  const count = ({ promptTokens, newTokens: replyTokens, firstTokenMs }: Timings) =>
    metrics.reply({ promptTokens, replyTokens, firstTokenMs });
  const isWanted = trigger.wantsReply || anyway;
  let responses: readonly Suggestion[] | null = null;
  if (isWanted && include.includes("responses")) {
    responses = await assistant.choose(mail, { signal });
    emit({ type: "responses", responses });
  }
  let suggestions: readonly Suggestion[] | null = null;
  if (isWanted && include.includes("suggestions")) {
    for await (const event of assistant.suggest(mail, { signal })) {
      if (event.type === "suggestion") emit(event);
      else {
        suggestions = event.suggestions;
        emit({ type: "suggestions", suggestions });
        count(event.timings);
      }
    }
  }
  let draft: Draft | null = null;
  if (isWanted && include.includes("draft")) {
    for await (const event of assistant.draft(mail, steering, { begin, temperature, seed, maxTokens, signal })) {
      if (event.type === "text") emit(event);
      else {
        draft = event.draft;
        emit({ type: "draft", draft });
        count(draft.timings);
      }
    }
  }
  return { ...head, responses, suggestions, draft };
}
