/**
 * Any OpenAI-compatible endpoint in the place of the run's model: each mail answered as plain text, many at once, under the pacing
 * of distillation. Replies come as they are made, for a caller to keep at once: a reply that is kept is never paid for twice.
 */

import { openEndpoint } from "../builtin/index.ts";
import type { TeacherClient } from "../endpoint/index.ts";
import { settingOf, TeacherError } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import { stopWhenFull } from "../formats/index.ts";
import { PLACEHOLDER_RULE, readModelText } from "../prompts/index.ts";
import { hashString } from "../random.ts";
import type { Endpoint, Recipe } from "../recipe.ts";

/** A mail as it is sent. */
export interface EndpointMail {
  readonly id: string;
  readonly email: string;
  /** Turns what was replaced in the mail back in the reply to it. */
  readonly restore?: (reply: string) => string;
}

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

/** What is asked, of whom. */
export interface EndpointQuestions {
  /** "endpoint" where the command line names it. */
  readonly role: "evaluate.predictor" | "endpoint";
  readonly endpoint: Pick<Endpoint, "baseUrl" | "model" | "apiKeyEnv">;
  /** Taken as there is room for them. */
  readonly mails: Iterable<EndpointMail>;
  readonly systemPrompt: string;
  /** Whether private details of the mails were replaced by placeholders: the model is told. */
  readonly redacted: boolean;
  readonly seed: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly distill: Recipe["distill"];
  /** Whether it has answered before: then a mail that it turns down is at fault itself. */
  readonly worked?: boolean;
  readonly signal?: AbortSignal;
  /** Aborts when the disk is full: no further mail is asked, and the replies under way still come. */
  readonly full?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/**
 * Answers `mails`, each with its own seed, so a repeated run asks the same; a caller resumes by leaving out those it has. A mail that
 * the endpoint turns down, or on which it fails in `distill.failedPasses` passes, is an empty reply with its reason. Throws UserError
 * where the endpoint is at fault, after the replies that were under way.
 */
export async function* answerByEndpoint(options: EndpointQuestions): AsyncGenerator<EndpointReply, void> {
  const { role, endpoint, distill, signal, onProgress } = options;
  refuseBuiltin(options);
  const { client, stop, close } = await openEndpoint({ role, endpoint, distill, signal });
  if (options.full) stopWhenFull(options.full, stop);
  const places = distill.concurrency * distill.openPerRequest; // one that waits for its next try leaves no request unsent
  let done = 0;
  try {
    let mails = options.mails;
    for (let pass = 1; ; pass++) {
      const failures: Answer[] = [];
      let inARow = 0;
      for await (const answer of asTheyCome(mails, { places, stop, work: (mail) => ask(mail, client, options) })) {
        const isMails = answer.failed === null || (answer.failed === "refused" && (client.worked || options.worked));
        if (answer.failed === null) inARow = 0;
        if (isMails) {
          onProgress?.(++done);
          yield answer.reply;
        } else {
          failures.push(answer);
          if (++inARow >= distill.failuresInARow) stop.abort(explainOutage(answer, inARow, options));
        }
      }
      if (failures.length === 0) return;
      if (!client.worked) throw explainOutage(failures.at(-1)!, failures.length, options);
      mails = failures.map(({ mail }) => mail);
      if (pass < distill.failedPasses) continue;
      for (const { reply } of failures) {
        onProgress?.(++done);
        yield { ...reply, error: `${reply.error}, in ${pass} passes` };
      }
      return;
    }
  } catch (error) {
    if (signal?.aborted) return;
    throw error;
  } finally {
    stop.abort(); // the caller may have left with requests under way
    await close();
  }
}

/** What came of one mail; `failed`: no answer after all tries, or the endpoint turned it down. */
interface Answer {
  readonly mail: EndpointMail;
  readonly reply: EndpointReply;
  readonly failed: "unanswered" | "refused" | null;
}

async function ask(mail: EndpointMail, client: TeacherClient, options: EndpointQuestions): Promise<Answer> {
  const { systemPrompt, redacted, seed, maxTokens, temperature } = options;
  const { id, email, restore = (reply: string) => reply } = mail;
  const unanswered = {
    id,
    reply: "",
    stopped: "refused",
    promptTokens: null,
    replyTokens: null,
    latencyMs: null,
  } as const;
  const messages = [
    { role: "system", content: redacted ? `${systemPrompt}\n\n${PLACEHOLDER_RULE}` : systemPrompt },
    { role: "user", content: email },
  ] as const;
  const request = { messages, temperature, maxTokens, seed: hashString(`${seed}/${id}`) >>> 1 };
  try {
    const { text, finishReason, refusal, usage, latencyMs } = await client.complete(request);
    const counted = {
      promptTokens: usage?.promptTokens ?? null,
      replyTokens: usage?.completionTokens ?? null,
      latencyMs,
    };
    const withheld = refusal ?? (finishReason === "content_filter" ? "withheld by the content filter" : null);
    if (withheld !== null) return { mail, reply: { ...unanswered, ...counted, error: withheld }, failed: null };
    const stopped = finishReason === "length" ? "length" : "end";
    return { mail, reply: { id, reply: restore(readModelText(text)), stopped, ...counted }, failed: null };
  } catch (error) {
    if (!(error instanceof TeacherError)) throw error;
    const reply = { ...unanswered, error: error.message };
    return { mail, reply, failed: error.retryable ? "unanswered" : "refused" };
  }
}

/**
 * Does `work` on `places` items at once and gives the results as they come; a result holds its place until it is taken. When `stop`
 * aborts, by a failure of `work` for one, no further item is begun; the results under way come first, then its reason is thrown.
 */
async function* asTheyCome<Item, Result>(
  items: Iterable<Item>,
  { places, stop, work }: { places: number; stop: AbortController; work: (item: Item) => Promise<Result> },
): AsyncGenerator<Result, void> {
  const source = items[Symbol.iterator]();
  const results: Result[] = [];
  let running = 0;
  let isEmpty = false;
  let wake = () => {};

  async function begin(item: Item): Promise<void> {
    running++;
    try {
      results.push(await work(item));
    } catch (error) {
      stop.abort(error); // the first error is the one that counts
    }
    running--;
    wake();
  }

  for (;;) {
    while (!isEmpty && !stop.signal.aborted && running + results.length < places) {
      const next = source.next();
      if (next.done) isEmpty = true;
      else void begin(next.value);
    }
    if (results.length > 0) yield results.shift()!;
    else if (running === 0) break;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  stop.signal.throwIfAborted();
}

function explainOutage({ failed, reply }: Answer, mails: number, { role, endpoint }: EndpointQuestions): UserError {
  const [baseUrl, model] = (["baseUrl", "model"] as const).map((part) => settingOf({ role }, part));
  const what = failed === "refused" ? `turned down the first ${mails} mails` : `failed on ${mails} mails in a row`;
  const advice =
    failed === "refused"
      ? `Check ${baseUrl} and ${model}, and that the endpoint takes chat completions.`
      : `Wait until it works again, or check ${baseUrl}.`;
  return new UserError(
    `The ${role} "${endpoint.model}" at ${endpoint.baseUrl} ${what}; the last one: ${reply.error}. ${advice} ` +
      "Every reply so far is kept: run the same command again and it goes on where it stopped, without paying twice.",
  );
}

function refuseBuiltin({ role, endpoint }: EndpointQuestions): void {
  if (endpoint.baseUrl !== "builtin") return;
  throw new UserError(
    `${settingOf({ role }, "baseUrl")} is builtin: the built-in teacher answers only the prompts of distillation. Give the URL of an endpoint.`,
  );
}
