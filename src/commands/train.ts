/** `pocketreply train`: accepted replies and a base in, checkpoints and the best one out. */

import { join } from "node:path";
import { pasteable } from "../errors.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import {
  inRunFolder,
  measureCompletion,
  preferStage,
  readRecipe,
  sweepStage,
  trainStage,
  trainTrigger,
} from "../stages/index.ts";
import type { PreferenceMethod } from "../train/index.ts";
import { chooseEngine, type TrainFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function train(options: FolderOptions & TrainFlags, session: Session): Promise<void> {
  if (options.trigger) return learnTrigger(options, session);
  if (options.completion) return chooseConfidence(options, session);
  if (options.sweep) return sweep({ ...options, sweep: options.sweep }, session);
  if (options.method) return prefer({ ...options, method: options.method }, session);
  const from = options.anew ? ("train" as const) : undefined;
  const report = await inRunFolder({ ...options, from }, session, (context) =>
    trainStage(context, chooseEngine(options)),
  );
  session.print(`The best checkpoint is ${join(options.run, report.best.checkpoint)}`);
  session.printJson(report);
}

/** Short trainings by every combination of some settings, the best first. */
async function sweep(options: FolderOptions & { sweep: readonly string[] }, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, (context) => sweepStage(context, options.sweep));
  const { replies, validatedOn, tried } = report;
  session.print(`One epoch over ${replies} replies, validated on ${validatedOn}; nats a token:`);
  for (const { settings, steps, startLoss, validationLoss, skippedSteps, seconds } of tried)
    session.print(
      `${validationLoss.toFixed(4)}  ${settings.join(" ")}  (from ${startLoss.toFixed(4)}, ${steps} steps, ${seconds} s${skippedSteps > 0 ? `, ${skippedSteps} skipped` : ""})`,
    );
  session.print(
    `Train with the first: npx pocketreply train --run ${pasteable(options.run)} --anew ${tried[0].settings.join(" ")}`,
  );
  session.printJson(report);
}

/** Goes on from the trained adapter by comparisons of replies. */
async function prefer(
  { method, set, ...options }: FolderOptions & TrainFlags & { method: PreferenceMethod },
  session: Session,
): Promise<void> {
  const engine = chooseEngine(options);
  const report = await inRunFolder({ ...options, set: [] }, session, (context) =>
    preferStage(context, { method, overrides: set, engine }),
  );
  session.print(`The best checkpoint is ${join(report.run, report.best.checkpoint)}`);
  session.print(
    `Score it beside the run it came from: npx pocketreply evaluate --run ${pasteable(report.run)} && npx pocketreply compare ${options.run} ${report.run}`,
  );
  session.printJson(report);
}

/** Prints how well the trigger does on held-out conversations, beside the plainest rule. */
async function learnTrigger({ run, recipe, set }: FolderOptions, session: Session): Promise<void> {
  const paths = runPaths(run);
  const { seed, reply } = await readRecipe(paths, { recipe, overrides: set }, defaultRecipeName);
  const report = await trainTrigger(paths, { seed, rate: reply.triggerRate });
  const { mails, answered, rocAuc, rocAucBeyondRules, rocAucQuestionMark, calibrationError, calibration, kinds } =
    report;
  session.print(`${paths.trigger}: on ${mails} held-out mails, of which ${answered} were answered`);
  session.print(
    `ROC-AUC ${rocAuc.toFixed(3)}; beyond the rules ${rocAucBeyondRules.toFixed(3)}; "has a question mark" ${rocAucQuestionMark.toFixed(3)}`,
  );
  const curve = calibration.map(
    (one) => `${percent(one.score)} → ${percent(one.answered / one.mails)} of ${one.mails}`,
  );
  session.print(`calibration error ${calibrationError.toFixed(3)}: ${curve.join(", ")}`);
  for (const [kind, { mails: of, triggered, answered: got }] of Object.entries(kinds))
    session.print(`  ${kind}: ${triggered} of ${of} trigger, ${got} were answered`);
  session.printJson(report);
}

/** Prints the threshold of completion, and what it offers on replies that it was not chosen on. */
async function chooseConfidence({ run, recipe: named, set }: FolderOptions, session: Session): Promise<void> {
  const paths = runPaths(run);
  const recipe = await readRecipe(paths, { recipe: named, overrides: set }, defaultRecipeName);
  const report = await measureCompletion({ paths, recipe, signal: session.signal });
  const { confidence, rate, held } = report;
  session.print(
    `${paths.completion}: words of which the model is ${percent(confidence)} sure are offered, for a rate of ${percent(rate)}`,
  );
  session.print(
    `on ${held.places} places of held-out replies: offered at ${percent(held.coverage)}, the next word right in ${percent(held.right)} of them`,
  );
  session.printJson(report);
}

const percent = (share: number) => `${Math.round(100 * share)} %`;
