/** Whether mail and replies are redacted before they are sent to a judge. */
import { isRedacted } from "../endpoint/index.ts";
import type { Recipe } from "../recipe.ts";
import { chooseJudge } from "./connect.ts";

/** Whether a judge of `recipe` sees redacted texts: as `distill.redact` says, "auto" for every endpoint off this machine. */
export function isJudgeRedacted(recipe: Recipe): boolean {
  return isRedacted(recipe, [chooseJudge(recipe).endpoint]);
}
