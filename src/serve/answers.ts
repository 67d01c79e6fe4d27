/** The shapes of what the server answers, as schemas: what the OpenAPI document says and the tests hold real answers to. */
import { z } from "zod";
import type { Completion, Draft, LeftOut, Reading, ResponseFile, Suggestion, Trigger } from "../reply/index.ts";
import type { ModelList } from "./models-api.ts";
import type { ReplyEvent } from "./replies-api.ts";

const count = z.number().int().min(0);
const ms = z.number().min(0);
const place = { start: count, end: count };

const timings = z.strictObject({
  promptTokens: count,
  newTokens: count,
  prefillMs: ms.nullable(),
  firstTokenMs: ms.nullable(),
  totalMs: ms,
});

const trigger = z.strictObject({
  wantsReply: z.boolean(),
  score: z.number().min(0).max(1).describe("How likely the owner would answer; 0 where a rule says no."),
  reason: z.string().nullable().describe("Why no reply is wanted, in words."),
  rule: z
    .enum([
      ...["bounce", "autoReply", "calendar", "notification", "noReply", "newsletter"],
      ...["wordless", "own", "acknowledgement", "question"],
    ] as Exclude<Trigger["rule"], null>[])
    .nullable(),
}) satisfies z.ZodType<Trigger>;

const question = z.strictObject({
  text: z.string(),
  kind: z.enum([
    ...["time", "attend", "request", "permission", "shall", "need", "offer", "agree", "objection"],
    ...["opinion", "choice", "question"],
  ] as Reading["questions"][number]["kind"][]),
  answers: z.array(z.strictObject({ label: z.string(), steer: z.string().describe("A steering line.") })),
}) satisfies z.ZodType<Reading["questions"][number]>;

const suggestion = z.strictObject({
  intent: z.enum(["accept", "decline", "ask", "defer", "acknowledge", "answer"]),
  text: z.string().describe("One sentence of at most 25 words."),
  reply: z.string().describe("With the greeting, as a draft begins with it."),
  source: z.enum(["model", "response", "mail", "phrase"]),
  score: z.number().nullable(),
}) satisfies z.ZodType<Suggestion>;
const suggestions = z.array(suggestion).max(3);

const flag = z.strictObject({
  kind: z.enum(["unknown", "promise", "gap", "addressee", "loop", "withheld", "language"]),
  text: z.string(),
  ...place,
  message: z.string().describe("For the person, such as 15:30 is not in the mail."),
});

const draft = z.strictObject({
  text: z.string(),
  questions: z.array(question),
  flags: z.array(flag),
  fields: z.array(z.strictObject({ text: z.string(), label: z.string(), ...place })),
  language: z.string(),
  followed: z.array(z.strictObject({ wish: z.string(), followed: z.boolean() })),
  shortened: z.boolean().describe("The mail lost its tail to fit the context."),
  cutAtLimit: z.boolean(),
  timings,
}) satisfies z.ZodType<Draft>;

const head = { id: z.string(), object: z.literal("replies"), created: count, model: z.string() };
const leftOut = z
  .array(
    z.strictObject({
      kind: z.enum(["order", "secret"]),
      where: z.enum(["subject", "text"]),
      text: z.string(),
      ...place,
    }) satisfies z.ZodType<LeftOut>,
  )
  .describe("What of the mail no model reads: words to machines, and private numbers, of which the gap alone is told.");
const read = { trigger, language: z.string(), questions: z.array(question), leftOut, instant: suggestions };

/** The answer of `POST /v1/replies`: null is what was not asked for, or is not wanted. */
export const repliesAnswer = z.strictObject({
  ...head,
  ...read,
  responses: suggestions.nullable().describe("Of the response set, ranked by the model."),
  suggestions: suggestions.nullable(),
  draft: draft.nullable(),
});

const error = z.strictObject({
  message: z.string(),
  type: z.string(),
  param: z.string().nullable().describe("The field that is wrong."),
  code: z.string().nullable(),
});

/** Every error. */
export const errorAnswer = z.strictObject({ error });

/** The events of `POST /v1/replies` with `stream: true`, in this order; then `[DONE]`. An error ends them. */
export const replyEvent = z.union([
  z.strictObject({ type: z.literal("trigger"), ...read }),
  z.strictObject({ type: z.literal("responses"), responses: suggestions }),
  z.strictObject({ type: z.literal("suggestion"), suggestion }),
  z.strictObject({ type: z.literal("suggestions"), suggestions }),
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({ type: z.literal("draft"), draft }),
  z.strictObject({ type: z.literal("done"), ...head }),
  errorAnswer,
]) satisfies z.ZodType<ReplyEvent>;

/** The answer of `POST /v1/edits`. */
export const editsAnswer = z.strictObject({
  object: z.literal("edits"),
  added: count.describe("The others were there already, or changed no word."),
});

/** The answer of `POST /v1/complete`. */
export const completeAnswer = z.strictObject({
  object: z.literal("completion"),
  model: z.string(),
  completion: (
    z.strictObject({
      typed: z.string(),
      text: z.string(),
      confidence: z.number().min(0).max(1),
      timings,
    }) satisfies z.ZodType<Completion>
  )
    .nullable()
    .describe("Null: nothing is sure enough."),
});

const usage = z.strictObject({ prompt_tokens: count, completion_tokens: count, total_tokens: count });
const made = {
  shortened: z.boolean(),
  warnings: z.array(z.string()).describe("What of the request has no effect, and what to do."),
  firstTokenMs: ms.nullable(),
  tokensPerSecond: z.number().nullable(),
  seed: count.nullable(),
};
const finish = z.enum(["stop", "length"]);
const opening = { id: z.string(), created: count, model: z.string(), system_fingerprint: z.null() };

/** The answer of `POST /v1/chat/completions`. */
export const chatAnswer = z.strictObject({
  ...opening,
  object: z.literal("chat.completion"),
  choices: z.array(
    z.strictObject({
      index: count,
      message: z.strictObject({ role: z.literal("assistant"), content: z.string(), refusal: z.null() }),
      logprobs: z.null(),
      finish_reason: finish,
    }),
  ),
  usage,
  pocketreply: z.strictObject({ ...made, seeds: z.array(count.nullable()) }).describe("Ours: how it was made."),
});

/** An event of `POST /v1/chat/completions` with `stream: true`; then `[DONE]`. */
export const chatChunk = z.union([
  z.strictObject({
    ...opening,
    object: z.literal("chat.completion.chunk"),
    choices: z.array(
      z.strictObject({
        index: count,
        delta: z.strictObject({ role: z.literal("assistant").optional(), content: z.string().optional() }),
        logprobs: z.null(),
        finish_reason: finish.nullable(),
      }),
    ),
    usage: usage.optional(),
    pocketreply: z.strictObject(made).optional(),
  }),
  errorAnswer,
]);

/** The answer of `GET /v1/responses`: the set as responses.yaml holds it; the app shows its replies before a model answers. */
export const responsesAnswer = z.strictObject({
  format: z.literal("pocketreply responses 1"),
  language: z.string(),
  clusters: z.array(
    z.strictObject({
      intent: suggestion.shape.intent,
      replies: z.array(
        z.strictObject({ text: z.string(), count: count.optional(), after: z.record(z.string(), count).optional() }),
      ),
    }),
  ),
}) satisfies z.ZodType<ResponseFile>;

/** The answer of `GET /v1/models/{model}`. */
export const modelAnswer = z.strictObject({
  ...{ id: z.string(), object: z.literal("model"), created: count, owned_by: z.literal("pocketreply") },
});

/** The answer of `GET /v1/models`. */
export const modelsAnswer = z.strictObject({ object: z.literal("list"), data: z.array(modelAnswer) });

/** The answer of `GET /models`. */
export const modelFilesAnswer = z.strictObject({
  models: z.array(
    z.strictObject({
      file: z.string(),
      name: z.string(),
      sizeBytes: count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      parameters: count,
      weights: z.string(),
      contextTokens: count,
      license: z.string().nullable(),
      style: z.enum(["mine"]).nullable(),
      completeFrom: z.number().nullable().describe("How sure a completion has to be; null where it was not measured."),
    }),
  ),
}) satisfies z.ZodType<ModelList>;

/** The answer of `GET /health`. */
export const healthAnswer = z.strictObject({
  status: z.literal("ok"),
  model: z.string(),
  uptimeSeconds: z.number().min(0),
  busy: z.boolean(),
  waiting: count,
});
