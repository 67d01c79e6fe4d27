/** A judge's endpoint, open while it is needed: the same client and pacing as distillation, the built-in one started here. */
import { BUILTIN_LABEL, openEndpoint } from "../builtin/index.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import type { OpenJudge } from "./ask.ts";

/** Which key of the recipe names the endpoint; messages to the person say it. */
export type JudgeRole = "evaluate.judge" | "judge" | "teacher";

/** Who judges: `evaluate.judge`, else the judge of the training data, else the teacher. */
export function chooseJudge(recipe: Recipe): { role: JudgeRole; endpoint: Endpoint; label: string } {
  const { evaluate, judge, teacher } = recipe;
  const endpoint = evaluate.judge ?? judge ?? teacher;
  const role = evaluate.judge ? "evaluate.judge" : judge ? "judge" : "teacher";
  return { role, endpoint, label: endpoint.baseUrl === "builtin" ? BUILTIN_LABEL : endpoint.model };
}

/** Opens the endpoint for `use`. */
export async function withJudge<T>(
  options: { recipe: Recipe; signal?: AbortSignal },
  use: (judge: OpenJudge) => Promise<T>,
): Promise<T> {
  const { recipe, signal } = options;
  const { role, endpoint } = chooseJudge(recipe);
  const link = await openEndpoint({ role, endpoint, distill: recipe.distill, signal });
  try {
    return await use({ ...link, role });
  } finally {
    await link.close();
  }
}
