/** Estimates calls, tokens and money of a judgement before anything is paid. */
import type { Recipe } from "../recipe.ts";
import type { Question } from "./ask.ts";
import type { JudgeIdentity } from "./identity.ts";
import { readJudgements } from "./journal.ts";
import { askAbout, isNoQuestion, type JudgeItem, replyJudge } from "./judge.ts";
import { priceTokens } from "./money.ts";
import { askBothOrders, needsJudge, type PairItem, pairJudge } from "./pairs.ts";
import { isJudgeRedacted } from "./sealed.ts";

/** Calls to come and what they may use. */
export interface JudgePlan {
  readonly judge: JudgeIdentity;
  readonly calls: number;
  /** Questions that have an answer already. */
  readonly answered: number;
  readonly promptTokens: number; //         estimated, four characters a token
  readonly mostCompletionTokens: number;
  /** US dollars if every answer is as long as it may be; null where the price is not known. */
  readonly mostUsd: number | null;
}

/** Plans the judging of replies, or of pairs where the items hold two. Repeats of unusable answers are not counted. */
export async function planQuestions(options: {
  items: readonly (JudgeItem | PairItem)[];
  path: string;
  recipe: Recipe;
}): Promise<JudgePlan> {
  const { items, path, recipe } = options;
  const isPair = (item: JudgeItem | PairItem): item is PairItem => "other" in item;
  const pairs = items.some(isPair);
  const judge = pairs ? pairJudge(recipe) : replyJudge(recipe);
  const redacted = isJudgeRedacted(recipe);
  const questions = items.flatMap((item): Question<unknown>[] => {
    if (isPair(item)) return needsJudge(item) ? askBothOrders(item, judge, redacted) : [];
    return isNoQuestion(item) ? [] : [askAbout(item, judge, redacted)];
  });
  const open = new Map(questions.map((question) => [question.key, question]));
  const all = open.size;
  for await (const { key } of readJudgements(path)) open.delete(key);
  let characters = 0;
  for (const { messages } of open.values()) for (const { content } of messages()) characters += content.length;
  const promptTokens = Math.ceil(characters / 4);
  const mostCompletionTokens = open.size * judge.maxTokens;
  return {
    judge,
    calls: open.size,
    answered: all - open.size,
    promptTokens,
    mostCompletionTokens,
    mostUsd: priceTokens(recipe, { prompt: promptTokens, completion: mostCompletionTokens }),
  };
}
