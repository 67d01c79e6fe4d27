/** One call of the loop: the request for a step, and the journal row that its answer makes. */

import type { Budget, Completion, Price, TeacherClient, TeacherRequest, Wire } from "../endpoint/index.ts";
import { costUsd, mostCostUsd, TeacherError } from "../endpoint/index.ts";
import { cutText } from "../formats/index.ts";
import {
  answerSchemas,
  buildMessages,
  type CallKind,
  findCopiedScores,
  type PromptData,
  type PromptStyle,
  parseJudgement,
  parseReply,
  promptVersion,
} from "../prompts/index.ts";
import { hashString } from "../random.ts";
import type { AttemptRow } from "./journal-rows.ts";
import type { Step } from "./steps.ts";
import { nameCall } from "./workers/name.ts";

/** What of a recipe shapes the requests. */
export interface CallOptions {
  readonly seed: number;
  readonly temperature: number;
  readonly judgeTemperature: number;
  readonly maxReplyTokens: number;
  readonly maxJudgeTokens: number;
  readonly style: PromptStyle;
  readonly models: Readonly<Record<CallKind, string>>;
  /** What the recipe adds to the requests of each kind. */
  readonly wires: Readonly<Record<CallKind, Wire>>;
}

/** What calls may cost; a price is null where it is not known, the budget where there is none. */
export interface CallMoney {
  readonly prices: Readonly<Record<CallKind, Price | null>>;
  readonly budget: Budget | null;
  /** Notes the most that a try without a whole answer may have cost: nobody knows whether it was billed. */
  readonly noteLost: (usd: number) => Promise<void>;
}

const LONGEST_KEPT_ANSWER = 2000; // characters of an answer that could not be used

export type CallStep = Omit<Extract<Step, { step: "call" }>, "drafts">;

/** Makes the call. Throws what stops the run (UserError, BudgetSpent, an abort); every other outcome is a row. */
export async function makeCall(options: {
  step: CallStep;
  emailId: string;
  emailDigest: string;
  client: TeacherClient;
  call: CallOptions;
  money: CallMoney;
  stop: AbortSignal;
  /** What a reply says that it cannot know, such as a placeholder that the mail does not have; null where it is sound. */
  checkReply: (reply: string) => string | null;
  isUrgent?: boolean;
}): Promise<AttemptRow> {
  const { step, emailId, emailDigest, client, call, money, stop, checkReply, isUrgent } = options;
  const { kind } = step.data;
  const price = money.prices[kind];
  const about = aboutCall(step, { id: emailId, digest: emailDigest }, call);
  const request = buildRequest(step, emailId, call);
  const payment = await openPayment({ usd: price ? mostCostUsd(request, price) : 0, money, stop });
  try {
    const completion = await client.complete({ ...request, isUrgent, id: nameCall(about), onLostTry: payment.lose });
    const { usage, latencyMs, retries } = completion;
    const cost = costUsd(usage, price);
    await payment.settle(cost);
    const at = new Date().toISOString();
    return { ...about, ...readAnswer(step.data, completion, checkReply), usage, latencyMs, costUsd: cost, retries, at };
  } catch (error) {
    await payment.settle(0); // the tries that may have been billed are noted as lost
    if (!(error instanceof TeacherError)) throw error;
    const outcome = error.retryable ? "unanswered" : "refused";
    const none = { usage: null, latencyMs: null, costUsd: null };
    const at = new Date().toISOString();
    return { ...about, outcome, error: error.message, ...none, retries: error.attempts - 1, at };
  }
}

/** The part of a call's row that stands before it is made. */
export function aboutCall(
  { data: { kind }, round, repeat }: CallStep,
  { id, digest }: { readonly id: string; readonly digest: string },
  { style, models }: Pick<CallOptions, "style" | "models">,
): Pick<AttemptRow, "emailId" | "emailDigest" | "kind" | "round" | "repeat" | "promptVersion" | "model"> {
  const version = promptVersion(kind, style);
  return { emailId: id, emailDigest: digest, kind, round, repeat, promptVersion: version, model: models[kind] };
}

/** The money side of one call and all its tries: `usd`, the most that one can cost, is set aside while it is under way. */
async function openPayment(options: {
  usd: number;
  money: CallMoney;
  stop: AbortSignal;
}): Promise<{ lose: () => Promise<void>; settle(usd: number | null): Promise<void> }> {
  const { usd, money, stop } = options;
  const { budget, noteLost } = money;
  let held = (await budget?.reserve(usd, stop)) ?? null;
  return {
    async lose() {
      if (usd > 0) await noteLost(usd);
      held?.settle(null);
      held = null;
      held = (await budget?.reserve(usd, stop)) ?? null; // the next try must fit as well
    },
    async settle(cost) {
      if (cost === null && usd > 0) await noteLost(usd); // answered, and no tokens counted
      held?.settle(cost);
      held = null;
    },
  };
}

/** The request of a step. Its seed depends on nothing but the recipe's seed and what the call is, so a repeated run asks the same. */
export function buildRequest(step: CallStep, emailId: string, call: CallOptions): TeacherRequest {
  const { data, round, repeat, defective } = step;
  const { kind } = data;
  const judging = kind === "judge";
  return {
    messages: buildMessages(data, call.style, defective),
    schema: answerSchemas[call.style.set][kind],
    temperature: judging ? call.judgeTemperature : call.temperature,
    maxTokens: judging ? call.maxJudgeTokens : call.maxReplyTokens,
    seed: hashString(`${call.seed}/${emailId}/${kind}/${round}/${repeat}`) >>> 1, // 31 bits: some servers read an int32
  };
}

/** What an answer makes of a row: usable, or a defect that says why not. */
export function readAnswer(
  data: PromptData,
  completion: Pick<Completion, "text" | "finishReason" | "refusal">,
  checkReply: (reply: string) => string | null,
): Pick<AttemptRow, "outcome" | "reply" | "scores" | "feedback" | "clamped" | "answer" | "error"> {
  const { text, finishReason, refusal } = completion;
  const defect = (error: string) => ({
    outcome: "defect" as const,
    error,
    answer: cutText(refusal ?? text, LONGEST_KEPT_ANSWER),
  });
  if (refusal) return defect("the model refused to answer");
  if (finishReason === "length") return defect("the answer was cut at the token limit");
  if (finishReason === "content_filter") return defect("the answer was withheld by the provider's content filter");
  if (data.kind === "judge") {
    const judgement = parseJudgement(text, [data.email, data.reply]);
    if (!judgement.ok) return defect(judgement.defect);
    const { scores, feedback, clamped } = judgement.value;
    const copied = findCopiedScores(scores, [data.email, data.reply]);
    if (copied !== null) return defect(copied);
    return { outcome: "ok", scores, feedback, ...(clamped.length > 0 ? { clamped } : {}) };
  }
  const reply = parseReply(data.kind, text);
  if (!reply.ok) return defect(reply.defect);
  const unsound = checkReply(reply.value);
  return unsound === null ? { outcome: "ok", reply: reply.value } : defect(unsound);
}
