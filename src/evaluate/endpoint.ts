/** Any OpenAI-compatible endpoint in the place of the run's model: the mails answered in order, several at once, as plain text. */
import { createClient, createPacer, TeacherError } from "../distill/index.ts";
import { UserError } from "../errors.ts";
import { hashString } from "../random.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import { inOrder } from "../reply/index.ts";

/** The reply of an endpoint to the mail of the same id. */
export interface EndpointReply {
  readonly id: string;
  /** Without spaces at its ends; "" where the endpoint refused. */
  readonly reply: string;
  /** The model ended it, the token limit did, or the endpoint would not answer this mail. */
  readonly stopped: "end" | "length" | "refused";
  /** As the endpoint counted; null where it does not say. */
  readonly promptTokens: number | null;
  readonly replyTokens: number | null;
  readonly latencyMs: number | null;
  /** Why it was refused. */
  readonly error?: string;
}

/** The pacing of a recipe that requests keep to. */
export type EndpointPacing = Pick<
  Recipe["distill"],
  "concurrency" | "timeoutMs" | "retries" | "backoffMs" | "maxBackoffMs"
>;

/**
 * Answers `mails` in their order; a caller resumes by leaving out those it has. Each mail is asked with its own seed, so a repeated run asks
 * the same. A mail that the endpoint turns down is an empty reply with its reason; throws UserError where it cannot go on.
 */
export async function* answerByEndpoint(options: {
  endpoint: Pick<Endpoint, "baseUrl" | "model" | "apiKeyEnv">;
  mails: Iterable<{ readonly id: string; readonly email: string }>;
  systemPrompt: string;
  seed: number;
  maxTokens: number;
  temperature: number;
  pacing: EndpointPacing;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}): AsyncGenerator<EndpointReply, void> {
  const { endpoint, mails, systemPrompt, seed, maxTokens, temperature, pacing, signal, onProgress } = options;
  const apiKey = process.env[endpoint.apiKeyEnv] || null;
  const client = createClient({
    endpoint: { role: "evaluate.predictor", ...endpoint, hasKey: apiKey !== null },
    apiKey,
    pacer: createPacer({ concurrency: pacing.concurrency }),
    ...pacing,
    signal,
  });
  async function ask({ id, email }: { id: string; email: string }): Promise<EndpointReply> {
    const unanswered = { id, reply: "", promptTokens: null, replyTokens: null, latencyMs: null };
    try {
      const messages = [
        { role: "system", content: systemPrompt },
        { role: "user", content: email },
      ] as const;
      const request = { messages, temperature, maxTokens, seed: hashString(`${seed}/${id}`) >>> 1 };
      const { text, finishReason, refusal, usage, latencyMs } = await client.complete(request);
      const counted = { promptTokens: usage?.promptTokens ?? null, replyTokens: usage?.completionTokens ?? null };
      if (refusal !== null) return { ...unanswered, ...counted, latencyMs, stopped: "refused", error: refusal };
      if (finishReason === "content_filter")
        return { ...unanswered, ...counted, latencyMs, stopped: "refused", error: "withheld by the content filter" };
      return { id, reply: text.trim(), stopped: finishReason === "length" ? "length" : "end", ...counted, latencyMs };
    } catch (error) {
      if (!(error instanceof TeacherError)) throw error;
      if (!error.retryable) return { ...unanswered, stopped: "refused", error: error.message };
      throw new UserError(`${error.message}\nWhat was answered is kept: the same command goes on from there.`);
    }
  }
  const lanes = Array.from({ length: pacing.concurrency }, () => ask);
  try {
    let done = 0;
    for await (const reply of inOrder(mails, lanes, signal)) {
      onProgress?.(++done);
      yield reply;
    }
  } catch (error) {
    if (signal?.aborted) return;
    throw error;
  } finally {
    client.close();
  }
}
