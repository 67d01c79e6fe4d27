/** What a reader must know of a judge before its numbers. */
import type { Recipe } from "../recipe.ts";
import { chooseJudge } from "./connect.ts";

/** Warnings for a judge that is not independent of what it judges. `of` and `against` say what wrote the replies. */
export function warnOfJudge(recipe: Recipe, of: string, against = ""): string[] {
  const { endpoint } = chooseJudge(recipe);
  const { teacher } = recipe;
  const filter = recipe.judge ?? teacher;
  const warnings: string[] = [];
  if (endpoint.baseUrl === "builtin")
    warnings.push(
      "The judge is the built-in rules, not a language model: its numbers show that the path works, and little else.",
    );
  if (endpoint.model === teacher.model) {
    warnings.push(
      `Judge and teacher are the same model (${endpoint.model}): models prefer their own words, and the replies imitate the teacher. Name another family with evaluate.judge.`,
    );
  } else if (endpoint.model === filter.model) {
    warnings.push(
      `The judge (${endpoint.model}) also chose the training data, so the replies are made to its taste. Name another one with evaluate.judge.`,
    );
  }
  const isJudge = (writer: string) => writer === endpoint.model || writer.startsWith(`${endpoint.model} at `);
  if (isJudge(of) || isJudge(against)) warnings.push(`The judge (${endpoint.model}) judges its own replies.`);
  return warnings;
}
