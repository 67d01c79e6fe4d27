/** The assistant over a run's model: the adapter on its base or an exported GGUF, with the run's trigger, response set and recipe. */
import type { Recipe } from "../recipe.ts";
import { type Habits, type OpenAssistant, openAssistant } from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import { readCompletion } from "./completion-threshold.ts";
import { findModelFiles, mostContextTokens } from "./model.ts";
import { readResponses } from "./responses.ts";
import { readTrigger } from "./trigger.ts";

/** Opens it; `model` and `adapter` name other files than the run's. Whoever opens it closes it. Throws UserError or FormatError. */
export async function openRunAssistant(options: {
  paths: RunPaths;
  recipe: Recipe;
  model?: string;
  adapter?: string;
  /** How the owner greets and ends. */
  habits?: Habits;
}): Promise<{ readonly assistant: OpenAssistant; readonly model: string; readonly adapter?: string }> {
  const { paths, recipe } = options;
  const { model, adapter } = await findModelFiles(paths, options);
  const { systemPrompt, dateString } = recipe.student;
  const assistant = await openAssistant(model, {
    ...{ adapter, habits: options.habits },
    mostContextTokens: mostContextTokens(),
    loopBan: recipe.reply.loopBan,
    responses: await readResponses(paths),
    ...(await readTrigger(paths, recipe.reply.triggerRate)),
    ...(await readCompletion(paths, recipe.reply.completionRate)),
    frame: { systemPrompt, dateString },
  });
  return { assistant, model, adapter };
}
