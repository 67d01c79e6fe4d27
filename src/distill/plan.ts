/**
 * What a run will take, before it is made: tokens counted on the real prompts of the real mails, money by the price table,
 * time under the given limits and what binds it. What cannot be counted before is assumed, and every assumption is named.
 */

import { endpointsOf, findPrice, type Price } from "../endpoint/index.ts";
import { callKinds, criteria, type Feedback, type PromptData, type Scores } from "../prompts/index.ts";
import type { Recipe } from "../recipe.ts";
import { loadTokenCounter, type TokenCounter } from "../tokens/index.ts";
import { buildRequest, type CallOptions } from "./call.ts";
import { wiresOf } from "./clients.ts";
import type { DistillPlan } from "./distill-plan.ts";
import { assumptionsOf, type PlanAssumptions, type PlanEvidence } from "./plan-assumptions.ts";
import { planBatch, planTime } from "./plan-time.ts";
import { readAllEmails, sampleEmails } from "./sample.ts";
import { chooseSteeredSender, styleOf } from "./steered.ts";

/** Plans the run of `recipe` over the mails of `emails`. Throws UserError where the file holds none. */
export async function planDistill(options: {
  emails: string;
  recipe: Recipe;
  /** What an earlier run has measured; null where there was none. */
  evidence: PlanEvidence | null;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}): Promise<DistillPlan> {
  const { emails, recipe, evidence, signal, onProgress } = options;
  const { teacher, judge } = endpointsOf(recipe);
  const prices = { teacher: findPrice(teacher), judge: findPrice(judge) };
  const sample = await sampleEmails({ path: emails, count: recipe.distill.sample, seed: recipe.seed });
  const { send, redacted } = await chooseSteeredSender(recipe, () => readAllEmails(emails));
  const assumptions = assumptionsOf(recipe, evidence);
  const count = await loadTokenCounter();

  let mailTokens = 0;
  let done = 0;
  for await (const email of sample.read()) {
    signal?.throwIfAborted();
    mailTokens += count(send(email).text);
    onProgress?.(++done, sample.size);
  }
  const tokensPerCall = tokensOfCalls(count, mailTokens / sample.size, recipe, assumptions);
  const expected = expectedMails(sample.size, recipe, assumptions);
  const calls = countCalls(expected, assumptions);
  const tokens = sumTokens(calls, tokensPerCall);
  const usd = sumMoney(calls, tokensPerCall, prices);
  const { budgetUsd } = recipe.distill;
  const mailsInBudget =
    budgetUsd === null || !usd ? null : Math.min(expected, Math.floor(budgetUsd / (usd / expected)));
  return {
    mails: { sampled: sample.size, expected },
    assumptions,
    calls,
    tokensPerCall,
    tokens,
    money: { usd, prices, mailsInBudget },
    time: planTime({ recipe, calls, tokensPerCall, assumptions }),
    batch: planBatch({ recipe, calls, tokensPerCall, usd, prices }),
    redacted,
  };
}

/** The mails that must be worked on until enough are accepted; all of them without such a rule, or where they do not suffice. */
function expectedMails(sampled: number, { distill }: Recipe, { acceptedShare }: PlanAssumptions): number {
  if (distill.accept === null) return sampled;
  return Math.min(sampled, Math.ceil(distill.accept / Math.max(acceptedShare.value, 1e-6)));
}

function countCalls(mails: number, { refinementsPerMail, extraCallsShare }: PlanAssumptions): DistillPlan["calls"] {
  const withRepeats = (calls: number) => Math.round(calls * (1 + extraCallsShare.value));
  const refine = withRepeats(mails * refinementsPerMail.value);
  const generate = withRepeats(mails);
  const judge = withRepeats(mails * (1 + refinementsPerMail.value));
  return { generate, judge, refine, total: generate + judge + refine };
}

/** Tokens of a message's role and separators, and of the start of the answer, in OpenAI's chats. */
const TOKENS_A_MESSAGE = 3;
const TOKENS_A_CHAT = 3;

/** Prompt tokens: the frame of each prompt as it is sent, without mail and reply, then the mean mail and the assumed reply in it. */
function tokensOfCalls(
  count: TokenCounter,
  mailTokens: number,
  recipe: Recipe,
  { replyTokens, judgeTokens }: PlanAssumptions,
): DistillPlan["tokensPerCall"] {
  const { distill, seed } = recipe;
  const style = styleOf(recipe);
  const call: CallOptions = {
    ...distill,
    seed,
    style,
    models: { generate: "", judge: "", refine: "" },
    wires: wiresOf(recipe),
  };
  const frame = (data: PromptData): number => {
    const { messages, schema } = buildRequest({ step: "call", data, round: 0, repeat: 0 }, "", call);
    const texts = messages.reduce((sum, { content }) => sum + count(content) + TOKENS_A_MESSAGE, TOKENS_A_CHAT);
    return texts + (schema ? count(JSON.stringify(schema.schema)) : 0);
  };
  const zeros = Object.fromEntries(criteria.map((criterion) => [criterion, 0.5])) as Scores;
  const silent = Object.fromEntries(criteria.map((criterion) => [criterion, ""])) as Feedback;
  const [reply, judgement] = [replyTokens.value, judgeTokens.value];
  const generate = frame({ kind: "generate", email: "" }) + mailTokens;
  const judge = frame({ kind: "judge", email: "", reply: "" }) + mailTokens + reply;
  // The frame of a refinement holds an empty judgement already.
  const remarks = Math.max(0, judgement - count(JSON.stringify({ scores: zeros, feedback: silent })));
  const refine =
    frame({ kind: "refine", email: "", reply: "", scores: zeros, feedback: silent }) + mailTokens + reply + remarks;
  return {
    generate: { prompt: generate, completion: reply },
    judge: { prompt: judge, completion: judgement },
    refine: { prompt: refine, completion: reply },
  };
}

function sumTokens(calls: DistillPlan["calls"], perCall: DistillPlan["tokensPerCall"]): DistillPlan["tokens"] {
  const sum = (part: "prompt" | "completion") =>
    Math.round(callKinds.reduce((total, kind) => total + calls[kind] * perCall[kind][part], 0));
  const [prompt, completion] = [sum("prompt"), sum("completion")];
  return { prompt, completion, total: prompt + completion };
}

function sumMoney(
  calls: DistillPlan["calls"],
  perCall: DistillPlan["tokensPerCall"],
  prices: { teacher: Price | null; judge: Price | null },
): number | null {
  let usd = 0;
  for (const kind of callKinds) {
    const price = kind === "judge" ? prices.judge : prices.teacher;
    if (!price) return null;
    const { prompt, completion } = perCall[kind];
    usd += (calls[kind] * (prompt * price.input + completion * price.output)) / 1e6;
  }
  return usd;
}
