/** What a judge's calls cost, by the price that distillation knows too. */
import { findPrice } from "../endpoint/index.ts";
import type { Recipe } from "../recipe.ts";
import { chooseJudge } from "./connect.ts";
import type { JudgeCalls } from "./report.ts";

/** US dollars at full price (nothing counted as cached); null where the price is not known. */
export function priceTokens(recipe: Recipe, tokens: { prompt: number; completion: number }): number | null {
  const price = findPrice(chooseJudge(recipe).endpoint);
  return price === null ? null : (tokens.prompt * price.input + tokens.completion * price.output) / 1e6;
}

/** A run's calls with their price: null where it, or the tokens of an answer, are not known. */
export function priceCalls(recipe: Recipe, calls: Omit<JudgeCalls, "costUsd">): JudgeCalls {
  const { promptTokens, completionTokens, withoutUsage } = calls;
  const costUsd = withoutUsage > 0 ? null : priceTokens(recipe, { prompt: promptTokens, completion: completionTokens });
  return { ...calls, costUsd };
}
