/** Which endpoints a recipe names. */
import type { Endpoint, Recipe } from "../recipe.ts";

/** The two endpoints of a recipe; the judge is the teacher where none is named (§3.1). */
export function endpointsOf({ teacher, judge }: Pick<Recipe, "teacher" | "judge">): {
  teacher: Endpoint;
  judge: Endpoint;
  isSame: boolean;
} {
  const isSame =
    judge === null ||
    (["baseUrl", "model", "apiKeyEnv", "extraBody", "headers", "responseFormat"] as const).every(
      (key) => JSON.stringify(judge[key]) === JSON.stringify(teacher[key]),
    );
  return { teacher, judge: judge ?? teacher, isSame };
}
