/** The stage calibrate without labels: distill's own judge set against what a person decided in view. */
import { openStandings, REASON_NO_REPLY, type Review, readReviews, type Standing, scoreOf } from "../distill/index.ts";
import { endpointsOf } from "../endpoint/index.ts";
import { pasteable, UserError } from "../errors.ts";
import { writeJsonFile } from "../formats/index.ts";
import { calibrateByDecisions, type DecidedDraft, type DecisionCalibration } from "../judge/index.ts";
import type { Recipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { readRecipe } from "./folder.ts";
import { requireStage } from "./stage.ts";

type Draft = Standing["drafts"][number];

/** Compares the judge's scores of the drafts with reviews.jsonl; writes calibration-decisions.json. Takes no lock: view may be open. */
export async function calibrateDecisionsStage({ run }: { run: string }): Promise<DecisionCalibration> {
  const paths = runPaths(run);
  requireStage(paths.attempts, { before: "distill", now: "calibrate", run });
  const recipe = await readRecipe(paths, { overrides: [] }, defaultRecipeName);
  const reviews = await readReviews(paths.reviews);
  const { threshold, rule } = recipe.distill;
  const drafts: DecidedDraft[] = [];
  const leftOut: Record<string, number> = {};
  const score = ({ scores }: Draft) => (scores === null ? null : scoreOf(scores, rule));
  const leave = (why: string) => {
    leftOut[why] = (leftOut[why] ?? 0) + 1;
  };
  const standings = await openStandings({ ...paths, recipe });
  try {
    for await (const standing of standings.readAll()) {
      const { email } = standing;
      const decision = reviews.find(email);
      const draft = draftInQuestion(standing, decision, rule);
      const row = { id: email.id, threadId: email.threadId };
      if (decision === null) {
        if (reviews.last(email.id) !== null) leave("the mail has another text now");
        if (draft) drafts.push({ ...row, score: score(draft) });
      } else if (!draft) leave("there was no draft to judge");
      else if (decision.note === REASON_NO_REPLY) leave("the mail needs no reply, whatever the draft says");
      else if (draft.scores === null) leave("the judge gave the draft no score");
      else drafts.push({ ...row, score: score(draft), people: decision.reply === draft.reply });
    }
  } finally {
    await standings.close();
  }
  if (!drafts.some(({ people }) => people !== undefined))
    throw new UserError(
      `${paths.reviews} holds no decision on a draft that the judge has scored. Decide on some first: npx pocketreply view --run ${pasteable(run)}`,
    );
  const { model } = endpointsOf(recipe).judge;
  const calibration = calibrateByDecisions({ judge: model, rule, threshold, drafts, leftOut });
  await writeJsonFile(paths.decisionCalibration, calibration);
  return calibration;
}

/**
 * The draft that the person spoke of: the one whose words were accepted, or from which they were edited; for a rejection, and where nobody has decided,
 * the one that stands, which is the last that passed or else the best judged.
 */
function draftInQuestion({ drafts }: Standing, decision: Review | null, rule: Recipe["distill"]["rule"]) {
  if (decision?.decision === "accept") {
    const same = drafts.find(({ reply }) => reply === decision.reply);
    if (same) return same;
    if (decision.attempt !== null) return drafts[decision.attempt - 1];
  }
  const passed = drafts.findLast(({ passes }) => passes);
  const height = ({ scores }: Draft) => (scores === null ? -1 : scoreOf(scores, rule));
  return passed ?? [...drafts].sort((a, b) => height(b) - height(a))[0];
}
