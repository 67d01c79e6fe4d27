/** Replies judged one by one: each against the rubric, from cache where it was judged before; the report says who judged and what is unscored. */

import { RULES_VERSION } from "../builtin/index.ts";
import { digest } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import { writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import { HARMLESS_MAIL, HARMLESS_REPLY } from "../prompts/index.ts";
import type { Recipe } from "../recipe.ts";
import { type NameBook, sealTexts } from "../redact/index.ts";
import { type AskProgress, askAll, type Question, questionKey, type Verdict } from "./ask.ts";
import { chooseJudge, withJudge } from "./connect.ts";
import { criterionNames, type Outcome } from "./criteria.ts";
import { identifyJudge, type JudgeIdentity } from "./identity.ts";
import { priceCalls } from "./money.ts";
import { buildReplyMessages, REPLY_SCHEMA, replyPromptVersion } from "./prompts.ts";
import { measureRate } from "./rate.ts";
import type { JudgedReply, JudgeReport, Unscored, UnscoredGroup, UnscoredReason } from "./report.ts";
import { isJudgeRedacted } from "./sealed.ts";
import { type ReplyVerdict, readReplyVerdict } from "./verdict.ts";
import { warnOfJudge } from "./warnings.ts";

/** A reply to be judged, with the mail as its writer saw it. */
export interface JudgeItem {
  readonly id: string;
  readonly threadId: string;
  readonly email: string;
  readonly reply: string;
  /** The people of its headers, for redaction. */
  readonly names?: readonly string[];
  /** The people of the mailbox, whom any mail or reply may name. */
  readonly book?: NameBook;
}

/** Where a judge writes. */
export interface JudgePaths {
  readonly judgements: string;
  readonly judged: string;
  readonly judgeReport: string;
}

/** How often a perfect score is too good to be a test. */
const CEILING = 0.8;

/**
 * Judges every item, or goes on where it was cut, and writes judged.jsonl, then judge.json. Throws UserError where there is
 * nothing to judge, an id repeats or the judge cannot be reached, and the signal's reason when it aborts; answers that came are kept.
 */
export async function judgeReplies(options: {
  items: readonly JudgeItem[];
  /** What wrote the replies. */
  of: string;
  paths: JudgePaths;
  recipe: Recipe;
  signal?: AbortSignal;
  onProgress?: (progress: AskProgress) => void;
}): Promise<JudgeReport> {
  const { items, of, paths, recipe, signal, onProgress } = options;
  refuseUnusable(items.map(({ id }) => id));
  const judge = replyJudge(recipe);
  const redacted = isJudgeRedacted(recipe);
  const { verdicts, cost, droppedParameters } = await askAll({
    questions: items.filter((item) => !isNoQuestion(item)).map((item) => askAbout(item, judge, redacted)),
    path: paths.judgements,
    judge,
    schema: REPLY_SCHEMA,
    harmless: buildReplyMessages({ email: HARMLESS_MAIL, reply: HARMLESS_REPLY }, redacted),
    distill: recipe.distill,
    withClient: (use) => withJudge({ recipe, signal }, use),
    onProgress,
  });
  let next = 0;
  const judged = items.map((item) =>
    item.reply.trim() === "" ? judgeEmpty(item) : showVerdict(item, verdicts[next++]),
  );
  await writeJsonlFile(paths.judged, judged);
  const report: JudgeReport = {
    judge,
    warnings: warnOfJudge(recipe, of),
    of,
    itemsDigest: digestItems(items),
    ...summarize(judged),
    cost: priceCalls(recipe, cost),
    droppedParameters,
  };
  await writeJsonFile(paths.judgeReport, report);
  return report;
}

/** Who judges replies one by one under a recipe. */
export function replyJudge(recipe: Recipe): JudgeIdentity {
  return identifyRecipeJudge(recipe, replyPromptVersion(isJudgeRedacted(recipe)));
}

/** The judge of a recipe with a prompt. */
export function identifyRecipeJudge(recipe: Recipe, prompt: string): JudgeIdentity {
  const { endpoint, label } = chooseJudge(recipe);
  const { maxJudgeTokens: maxTokens, judgeRepeats: repeats } = recipe.evaluate;
  const asked = endpoint.baseUrl === "builtin" ? `${prompt}-rules-${RULES_VERSION}` : prompt;
  return identifyJudge({ endpoint, label, prompt: asked, temperature: 0, seed: recipe.seed, maxTokens, repeats });
}

/** The question about one item. */
export function askAbout(item: JudgeItem, judge: JudgeIdentity, redacted: boolean): Question<ReplyVerdict> {
  const seal = () => {
    const { id, email, reply, names, book } = item;
    const sealed = sealTexts({ email, replies: [reply], names, book }, redacted);
    return { id, email: sealed.email, reply: sealed.replies[0], restore: sealed.restore };
  };
  return {
    key: questionKey(judge, [item.email, item.reply]),
    id: item.id,
    messages: () => buildReplyMessages(seal(), redacted),
    read: (answer) => {
      const { restore, ...texts } = seal();
      const read = readReplyVerdict(answer, texts);
      return "value" in read ? { value: restoreVerdict(read.value, restore) } : read;
    },
  };
}

function restoreVerdict(verdict: ReplyVerdict, restore: (quote: string) => string): ReplyVerdict {
  const findings = Object.entries(verdict.findings).map(([name, list]) => [
    name,
    list.map(({ email, reply, note }) => ({ email: restore(email), reply: restore(reply), note: restore(note) })),
  ]);
  return {
    ...verdict,
    placeholders: verdict.placeholders.map(restore),
    findings: Object.fromEntries(findings) as ReplyVerdict["findings"],
  };
}

/** Names mails and replies, in their order: another reply is another digest. */
export function digestItems(items: readonly JudgeItem[]): string {
  return digest(JSON.stringify(items.map(({ id, email, reply }) => [id, digest(email), digest(reply)])));
}

/** Throws UserError for no items or a repeated id. */
export function refuseUnusable(ids: readonly string[]): void {
  if (ids.length === 0)
    throw new UserError("There is no reply to judge: the predictions are empty. Run evaluate first.");
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) throw new UserError(`The predictions hold the mail ${id} twice. Remove them and evaluate again.`);
    seen.add(id);
  }
}

/** What needs no judge: an empty reply cannot be sent. */
export function isNoQuestion({ reply }: JudgeItem): boolean {
  return reply.trim() === "";
}

function judgeEmpty({ id, threadId }: JudgeItem): JudgedReply {
  const findings = { form: [{ email: "", reply: "", note: "the reply is empty (found without the judge)" }] };
  return { id, threadId, outcome: "not-usable", failed: ["asks", "form"], placeholders: [], findings, unscored: null };
}

function showVerdict({ id, threadId }: JudgeItem, verdict: Verdict<ReplyVerdict>): JudgedReply {
  if ("unscored" in verdict) {
    const { unscored } = verdict;
    return { id, threadId, outcome: null, failed: [], placeholders: [], findings: {}, unscored };
  }
  return { id, threadId, ...verdict.value, unscored: null };
}

/** Counts and shares of judged replies. */
function summarize(
  judged: readonly JudgedReply[],
): Omit<JudgeReport, "judge" | "warnings" | "of" | "itemsDigest" | "cost" | "droppedParameters"> {
  const rateOf = (passes: (reply: JudgedReply) => boolean) =>
    measureRate(
      judged.map((reply) => ({
        score: reply.outcome === null ? null : passes(reply) ? 1 : 0,
        threadId: reply.threadId,
      })),
    );
  const count = (outcome: Outcome) => judged.filter((reply) => reply.outcome === outcome).length;
  const sendReady = rateOf(({ outcome }) => outcome === "send-ready");
  const primary = criterionNames.map((name) => {
    const failures = judged.filter(({ failed }) => criterionNames.find((first) => failed.includes(first)) === name);
    return [name, failures.length] as const;
  });
  return {
    items: judged.length,
    scored: sendReady.of,
    unscored: groupUnscored(judged),
    outcomes: {
      "send-ready": count("send-ready"),
      "needs-fill": count("needs-fill"),
      "not-usable": count("not-usable"),
    },
    sendReady,
    usable: rateOf(({ outcome }) => outcome !== "not-usable"),
    criteria: Object.fromEntries(
      criterionNames.map((name) => [name, rateOf(({ failed }) => !failed.includes(name))]),
    ) as JudgeReport["criteria"],
    primaryFailures: Object.fromEntries(primary.filter(([, failures]) => failures > 0)),
    ceilingAlarm: sendReady.rate !== null && sendReady.rate > CEILING,
  };
}

const IDS_SHOWN = 20;

/** Rows without a verdict by reason. */
export function groupUnscored(
  rows: readonly { id: string; unscored: { reason: UnscoredReason; detail: string } | null }[],
): Unscored {
  const groups: Partial<Record<UnscoredReason, UnscoredGroup & { count: number; ids: string[] }>> = {};
  for (const { id, unscored } of rows) {
    if (unscored === null) continue;
    const group = groups[unscored.reason] ?? { count: 0, ids: [], example: unscored.detail };
    groups[unscored.reason] = group;
    group.count++;
    if (group.ids.length < IDS_SHOWN) group.ids.push(id);
  }
  return groups;
}
