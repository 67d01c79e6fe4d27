/** The answer to one chat-completions request, whichever way it came: by itself or in a batch. */
import { type PromptData, readMessages } from "../prompts/index.ts";
import { answerEvaluation } from "./evaluation-judge.ts";
import type { ChatRequest } from "./http.ts";

/** The one model there is. */
export const BUILTIN_MODEL = "builtin-rules";

/** Writes the answer to a prompt: an object becomes JSON, a string is sent as it is. */
export type Answer = (data: PromptData, seed: number) => object | string;

/** An error in OpenAI's words. */
export interface RequestError {
  readonly status: number;
  readonly error: { readonly message: string; readonly type: string; readonly code?: string };
}

/** Prompt tokens as this server counts them. */
export function countPromptTokens({ messages }: ChatRequest): number {
  return messages.reduce((sum, message) => sum + 4 + estimateTokens(message.content), 0);
}

/** About four characters a token, as OpenAI's rule of thumb has it. */
function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The error of a model that is not here; null where it is. */
export function refuseModel({ model }: ChatRequest): RequestError | null {
  if (model === BUILTIN_MODEL) return null;
  return {
    status: 404,
    error: {
      message: `The model \`${model}\` does not exist or you do not have access to it.`,
      type: "invalid_request_error",
      code: "model_not_found",
    },
  };
}

/** The answer to a request: its body, given the number that makes its id. With `chatter` it is beside the point, as models are now and then. */
export function composeCompletion(options: {
  body: ChatRequest;
  answer: Answer;
  chatter?: boolean;
}): { complete(number: number): object; completionTokens: number } | RequestError {
  const { body, answer, chatter = false } = options;
  const data = readMessages(body.messages);
  const evaluation = data ? null : answerEvaluation(body);
  if (!data && !evaluation) {
    const message =
      "The built-in teacher answers only the three prompts of pocketreply (write, judge and refine an email reply), and the two of its evaluation.";
    return { status: 400, error: { message, type: "invalid_request_error" } };
  }
  let answered: object | string;
  try {
    answered = data ? answer(data, body.seed ?? 0) : evaluation!;
  } catch (error) {
    // The same mail would fail the same way: no 500, which asks for another try.
    const message = `The built-in rules failed on this mail: ${(error as Error).message}`;
    return { status: 422, error: { message, type: "invalid_request_error" } };
  }
  const said = typeof answered === "string" ? answered : JSON.stringify(answered);
  const content = chatter ? "Sure! I would be happy to help you with that." : said;
  const promptTokens = countPromptTokens(body);
  const completionTokens = estimateTokens(content);
  const message = { role: "assistant", content, refusal: null };
  const complete = (number: number) => ({
    id: `chatcmpl-builtin-${number}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: BUILTIN_MODEL,
    choices: [{ index: 0, message, finish_reason: "stop", logprobs: null }],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
  return { complete, completionTokens };
}
