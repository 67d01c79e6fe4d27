/**
 * Any OpenAI-compatible endpoint in the place of the run's model: each mail answered as plain text, many at once, under the pacing
 * of distillation. Replies come as they are made, for a caller to keep at once: a reply that is kept is never paid for twice.
 */

import { openEndpoint } from "../builtin/index.ts";
import {
  adviseOnUnusable,
  askMany,
  createBrake,
  explainOutage,
  settingOf,
  type TeacherClient,
  type TeacherRequest,
  type Wire,
} from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import { stopWhenFull } from "../formats/index.ts";
import { HARMLESS_MAIL, PLACEHOLDER_RULE, readModelText } from "../prompts/index.ts";
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
  readonly endpoint: Pick<Endpoint, "baseUrl" | "model" | "apiKeyEnv"> & Partial<Wire>;
  /** Taken as there is room for them. */
  readonly mails: Iterable<EndpointMail>;
  readonly systemPrompt: string;
  /** Whether private details of the mails were replaced by placeholders: the model is told. */
  readonly redacted: boolean;
  readonly seed: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly distill: Recipe["distill"];
  /** Whether it has answered before, in an earlier session. */
  readonly worked?: boolean;
  readonly signal?: AbortSignal;
  /** Aborts when the disk is full: no further mail is asked, and the replies under way still come. */
  readonly full?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/**
 * Answers `mails`, each with its own seed, so a repeated run asks the same; a caller resumes by leaving out those it has. A mail that
 * the endpoint turns down, or on which it fails in `distill.failedPasses` passes, while it answers others, is an empty reply with its
 * reason. Throws UserError where the endpoint is at fault, after the replies that were under way.
 */
export async function* answerByEndpoint(options: EndpointQuestions): AsyncGenerator<EndpointReply, void> {
  const { role, endpoint, distill, signal, onProgress } = options;
  refuseBuiltin(options);
  const { client, stop, close } = await openEndpoint({ role, endpoint, distill, signal });
  if (options.full) stopWhenFull(options.full, stop);
  let done = 0;
  try {
    const replies = askMany({
      items: options.mails,
      rules: distill,
      ...{ stop, client },
      ask: (mail, call) => ask(mail, (request) => call(() => client.complete(request)), options),
      giveUp: ({ id }, { error }): EndpointReply => ({ ...REFUSED, id, error }),
      test: () =>
        client.complete({ ...buildRequest({ id: "endpoint-test", email: HARMLESS_MAIL }, options), isUrgent: true }),
      explain: (last, failures) =>
        explainOutage({
          endpoint: { role, ...endpoint },
          ...{ last, failures, what: "mails", worked: client.worked || options.worked === true },
        }),
    });
    const empties = holdEmpty(options);
    for await (const reply of replies) {
      onProgress?.(++done);
      yield* empties.take(reply);
    }
    yield* empties.end();
  } catch (error) {
    if (signal?.aborted) return;
    throw error;
  } finally {
    stop.abort(); // the caller may have left with requests under way
    await close();
  }
}

/**
 * Keeps empty replies back until one with words shows that the endpoint can answer: what leaves all empty (reasoning that takes all tokens,
 * a filter) is a setting and no result. Each method returns the replies that count; throws UserError where too many came in a row.
 */
function holdEmpty({ role, endpoint, distill, worked = false }: EndpointQuestions) {
  let held: EndpointReply[] = [];
  let spoke = worked;
  const explain = (count: number) => {
    const { stopped, error } = held.at(-1)!;
    const defect =
      stopped === "refused"
        ? `withheld: ${error}`
        : stopped === "length"
          ? "cut at the token limit before a word of them came"
          : "empty";
    const setting = { role, maxTokens: "evaluate.maxReplyTokens" };
    return new UserError(
      `The last ${count} replies of "${endpoint.model}" at ${endpoint.baseUrl} hold no words; the last one was ${defect}. ${adviseOnUnusable({ defect, answer: "" }, setting)} ` +
        "None of them is kept: the same command asks for them again, and goes on where it stopped.",
    );
  };
  const brake = createBrake({ inARow: distill.unusableInARow, explain: (_, count) => explain(count) });
  const release = () => {
    const replies = held;
    held = [];
    return replies;
  };
  return {
    take(reply: EndpointReply): EndpointReply[] {
      if (reply.latencyMs === null) return [reply]; // no answer came: held against the mail already
      if (reply.reply !== "") {
        spoke = true;
        brake.usable();
        return [...release(), reply];
      }
      held.push(reply);
      brake.unusable({ defect: "", answer: "" });
      return [];
    },
    end(): EndpointReply[] {
      if (!spoke && held.length > 0) throw explain(held.length);
      return release();
    },
  };
}

const REFUSED = { reply: "", stopped: "refused", promptTokens: null, replyTokens: null, latencyMs: null } as const;

function buildRequest({ id, email }: EndpointMail, options: EndpointQuestions): TeacherRequest {
  const { systemPrompt, redacted, seed, maxTokens, temperature } = options;
  const messages = [
    { role: "system", content: redacted ? `${systemPrompt}\n\n${PLACEHOLDER_RULE}` : systemPrompt },
    { role: "user", content: email },
  ] as const;
  return { messages, temperature, maxTokens, seed: hashString(`${seed}/${id}`) >>> 1 };
}

async function ask(
  mail: EndpointMail,
  complete: TeacherClient["complete"],
  options: EndpointQuestions,
): Promise<EndpointReply> {
  const { id, restore = (reply: string) => reply } = mail;
  const { text, finishReason, refusal, usage, latencyMs } = await complete(buildRequest(mail, options));
  const counted = {
    promptTokens: usage?.promptTokens ?? null,
    replyTokens: usage?.completionTokens ?? null,
    latencyMs,
  };
  const withheld = refusal ?? (finishReason === "content_filter" ? "withheld by the content filter" : null);
  if (withheld !== null) return { ...REFUSED, id, ...counted, error: withheld };
  const stopped = finishReason === "length" ? "length" : "end";
  return { id, reply: restore(readModelText(text)), stopped, ...counted };
}

function refuseBuiltin({ role, endpoint }: EndpointQuestions): void {
  if (endpoint.baseUrl !== "builtin") return;
  throw new UserError(
    `${settingOf({ role }, "baseUrl")} is builtin: the built-in teacher answers only the prompts of distillation. Give the URL of an endpoint.`,
  );
}
