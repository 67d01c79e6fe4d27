/** The API as a document (OpenAPI 3.1.1), made from the schemas that read the requests and that the tests hold the answers to. */
import { z } from "zod";
import {
  chatAnswer,
  chatChunk,
  completeAnswer,
  editsAnswer,
  errorAnswer,
  healthAnswer,
  modelAnswer,
  modelFilesAnswer,
  modelsAnswer,
  repliesAnswer,
  replyEvent,
  responsesAnswer,
} from "./answers.ts";
import { completeRequest, editsRequest, repliesRequest } from "./mail-requests.ts";
import { MOST_CHOICES } from "./request.ts";

const REQUESTS = { RepliesRequest: repliesRequest, CompleteRequest: completeRequest, EditsRequest: editsRequest };
const ANSWERS = {
  ...{ Replies: repliesAnswer, ReplyEvent: replyEvent, Completion: completeAnswer, Error: errorAnswer },
  ...{
    ChatCompletion: chatAnswer,
    ChatChunk: chatChunk,
    Models: modelsAnswer,
    Model: modelAnswer,
    ModelFiles: modelFilesAnswer,
  },
  ...{ Health: healthAnswer, Responses: responsesAnswer, Edits: editsAnswer },
};

/** The document of a server whose model is called `model`. */
export function openApi(model: string): object {
  const schemas = {
    ...mapValues(REQUESTS, (schema) => schemaOf(schema, "input")),
    ...mapValues(ANSWERS, (schema) => schemaOf(schema, "output")),
    ChatRequest: chatRequest,
  };
  return {
    openapi: "3.1.1",
    info: {
      title: "pocketreply",
      version: "1",
      summary: "Replies to mail by a small model on this machine",
      description: `The model here is ${model}. Where the server listens beyond this machine it asks for a key.`,
    },
    servers: [{ url: "/" }],
    security: [{}, { key: [] }],
    paths: paths(),
    components: { schemas, securitySchemes: { key: { type: "http", scheme: "bearer" } } },
  };
}

function paths() {
  const stream = (name: string) => ({
    "text/event-stream": {
      schema: {
        type: "string",
        description: `With stream: true. Each data: line is a ${name} as JSON; the last is [DONE].`,
      },
    },
  });
  return {
    "/v1/replies": {
      post: operation("replies", "Does this mail want a reply, three to tap, a draft with what to check in it", {
        request: "RepliesRequest",
        answer: { ...json("Replies"), ...stream("ReplyEvent") },
        errors: [...SENT, "429", "503"],
      }),
    },
    "/v1/complete": {
      post: operation("complete", "The next words of a reply that is being typed", {
        request: "CompleteRequest",
        answer: json("Completion"),
        errors: [...SENT, "429", "503"],
      }),
    },
    "/v1/responses": {
      get: operation("responses", "The response set, for instant answers; 404 where none was built", {
        answer: json("Responses"),
        errors: ["401", "403", "404"],
      }),
    },
    "/v1/edits": {
      post: operation(
        "edits",
        "What a person made of drafts, for the next training; nothing is kept without being sent here",
        {
          request: "EditsRequest",
          answer: json("Edits"),
          errors: [...SENT],
        },
      ),
    },
    "/v1/chat/completions": {
      post: operation("chat", "The model behind OpenAI's chat completions", {
        request: "ChatRequest",
        answer: { ...json("ChatCompletion"), ...stream("ChatChunk") },
        errors: [...SENT, "429", "503"],
      }),
    },
    "/v1/models": { get: operation("models", "The one model, as OpenAI lists it", { answer: json("Models") }) },
    "/v1/models/{model}": {
      get: {
        ...operation("model", "The one model by its id", { answer: json("Model"), errors: ["401", "403", "404"] }),
        parameters: [{ name: "model", in: "path", required: true, schema: { type: "string" } }],
      },
    },
    "/models": { get: operation("modelFiles", "The files that the app may load", { answer: json("ModelFiles") }) },
    "/models/{file}": {
      get: {
        ...operation("modelFile", "The bytes of one, in ranges", {
          answer: { "application/octet-stream": {} },
          errors: ["401", "403", "404", "416"],
        }),
        parameters: [{ name: "file", in: "path", required: true, schema: { type: "string" } }],
      },
    },
    "/health": { get: operation("health", "Whether it answers, and how many wait", { answer: json("Health") }) },
    "/metrics": { get: operation("metrics", "Counters for Prometheus", { answer: text }) },
    "/openapi.json": {
      get: operation("openApi", "This document", { answer: { "application/json": { schema: { type: "object" } } } }),
    },
  };
}

const text = { "text/plain": { schema: { type: "string" } } };
/** What a request with a body may meet. */
const SENT = ["400", "401", "403", "404", "413", "415"];
const ERRORS: Readonly<Record<string, string>> = {
  "400": "A field is wrong; param names it.",
  "401": "The key is wrong or lacking.",
  "403": "A page or a name that may not ask.",
  "404": "There is no such thing here.",
  "413": "The body is too large.",
  "415": "The body is not application/json.",
  "416": "The range is not in the file.",
  "429": "Too many wait; retry-after says for how many seconds.",
  "503": "Broken off: the server is closing.",
};

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ "application/json": { schema: ref(name) } });

function operation(
  operationId: string,
  summary: string,
  { request, answer, errors = ["401", "403"] }: { request?: string; answer: object; errors?: readonly string[] },
) {
  const refusals = errors.map((status) => {
    const hasBody = status !== "416";
    return [status, { description: ERRORS[status], ...(hasBody && { content: json("Error") }) }];
  });
  return {
    ...{ operationId, summary },
    ...(request !== undefined && { requestBody: { required: true, content: json(request) } }),
    responses: { "200": { description: "OK", content: answer }, ...Object.fromEntries(refusals) },
  };
}

/** As `parseChatRequest` reads it; OpenAI's reference says what the fields mean. */
const chatRequest = {
  type: "object",
  required: ["messages"],
  properties: {
    model: { type: "string" },
    messages: {
      type: "array",
      minItems: 1,
      description: "A system message may stand first; the last is the user's. A mail alone is shortened to fit.",
      items: {
        type: "object",
        required: ["role", "content"],
        properties: {
          role: { enum: ["system", "developer", "user", "assistant"] },
          content: {
            oneOf: [
              { type: "string" },
              {
                type: "array",
                items: {
                  type: "object",
                  required: ["type", "text"],
                  properties: { type: { const: "text" }, text: { type: "string" } },
                },
              },
            ],
          },
        },
      },
    },
    n: { type: "integer", minimum: 1, maximum: MOST_CHOICES, default: 1 },
    max_tokens: { type: "integer", minimum: 1 },
    max_completion_tokens: { type: "integer", minimum: 1 },
    temperature: { type: "number", minimum: 0, maximum: 2, default: 0 },
    top_p: { type: "number", exclusiveMinimum: 0, maximum: 1 },
    seed: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 },
    stop: {
      oneOf: [
        { type: "string", minLength: 1 },
        { type: "array", maxItems: 4, items: { type: "string", minLength: 1 } },
      ],
    },
    stream: { type: "boolean", default: false },
    stream_options: { type: "object", properties: { include_usage: { type: "boolean" } } },
  },
};

function schemaOf(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
