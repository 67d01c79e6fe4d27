/** One call of the loop: the request for a step, and the journal row that its answer makes. */
import { hashString } from "../random.ts";
import { parseJudgement, parseReply } from "./answer.ts";
import type { Completion, TeacherClient, TeacherRequest } from "./client.ts";
import type { AttemptRow } from "./journal.ts";
import { answerSchemas, buildMessages, type CallKind, promptVersion } from "./prompts.ts";
import type { Step } from "./steps.ts";
import { TeacherError } from "./teacher-error.ts";

/** What of a recipe shapes the requests. */
export interface CallOptions {
  readonly seed: number;
  readonly temperature: number;
  readonly maxReplyTokens: number;
  readonly maxJudgeTokens: number;
  readonly models: Readonly<Record<CallKind, string>>;
}

/** ours: a judge should say the same thing twice. */
const JUDGE_TEMPERATURE = 0;

const LONGEST_KEPT_ANSWER = 2000; // characters of an answer that could not be used

/** Makes the call. Throws what stops the run (UserError, an abort); every other outcome is a row. */
export async function makeCall(options: {
  step: Extract<Step, { step: "call" }>;
  emailId: string;
  emailDigest: string;
  client: TeacherClient;
  call: CallOptions;
}): Promise<AttemptRow> {
  const { step, emailId, emailDigest, client, call } = options;
  const { kind } = step.data;
  const about = {
    emailId,
    emailDigest,
    kind,
    round: step.round,
    repeat: step.repeat,
    promptVersion: promptVersion(kind),
    model: call.models[kind],
  };
  try {
    const completion = await client.complete(buildRequest(step, emailId, call));
    const { usage, latencyMs, retries } = completion;
    return { ...about, ...readAnswer(kind, completion), usage, latencyMs, retries, at: new Date().toISOString() };
  } catch (error) {
    if (!(error instanceof TeacherError)) throw error;
    const outcome = error.retryable ? "unanswered" : "refused";
    const at = new Date().toISOString();
    return { ...about, outcome, error: error.message, usage: null, latencyMs: null, retries: error.attempts - 1, at };
  }
}

/** The request of a step. Its seed depends on nothing but the recipe's seed and what the call is, so a repeated run asks the same. */
export function buildRequest(
  step: Extract<Step, { step: "call" }>,
  emailId: string,
  call: CallOptions,
): TeacherRequest {
  const { kind } = step.data;
  const judging = kind === "judge";
  return {
    messages: buildMessages(step.data),
    schema: answerSchemas[kind],
    temperature: judging ? JUDGE_TEMPERATURE : call.temperature,
    maxTokens: judging ? call.maxJudgeTokens : call.maxReplyTokens,
    seed: hashString(`${call.seed}/${emailId}/${kind}/${step.round}/${step.repeat}`) >>> 1, // 31 bits: some servers read an int32
  };
}

function readAnswer(
  kind: CallKind,
  completion: Completion,
): Pick<AttemptRow, "outcome" | "reply" | "scores" | "feedback" | "clamped" | "answer" | "error"> {
  const { text, finishReason, refusal } = completion;
  const defect = (error: string) => ({
    outcome: "defect" as const,
    error,
    answer: (refusal ?? text).slice(0, LONGEST_KEPT_ANSWER),
  });
  if (refusal) return defect("the model refused to answer");
  if (finishReason === "length") return defect("the answer was cut at the token limit");
  if (finishReason === "content_filter") return defect("the answer was withheld by the provider's content filter");
  if (kind === "judge") {
    const judgement = parseJudgement(text);
    if (!judgement.ok) return defect(judgement.defect);
    const { scores, feedback, clamped } = judgement.value;
    return { outcome: "ok", scores, feedback, ...(clamped.length > 0 ? { clamped } : {}) };
  }
  const reply = parseReply(kind, text);
  return reply.ok ? { outcome: "ok", reply: reply.value } : defect(reply.defect);
}
