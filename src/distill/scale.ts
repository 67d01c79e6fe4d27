/** Finds a judge that scores on another scale than 0 to 1: of 1 to 5 its ones would pass for perfect replies. */
import { UserError } from "../errors.ts";
import type { AttemptRow } from "./journal-rows.ts";

/** ours: so many judgements off the scale among the first ones, and so large a share of them, are no slip. */
const FEWEST = 5;
const SHARE = 0.25;
/** ours: after so many judgements on the scale it is the judge's. */
const FIRST = 50;

/** Looks at each judgement; throws UserError where the first ones show another scale. */
export function createScaleWatch(judge: { baseUrl: string }): (row: AttemptRow) => void {
  let seen = 0;
  const off: number[] = [];
  return ({ outcome, error }) => {
    if (seen >= FIRST) return;
    seen++;
    const score = outcome === "defect" ? /is (-?[\d.]+): not on a scale/.exec(error ?? "")?.[1] : undefined;
    if (score === undefined) return;
    off.push(Number(score));
    if (off.length < FEWEST || off.length < SHARE * seen) return;
    const [least, most] = [Math.min(...off), Math.max(...off)];
    const end = [1, 5, 10].find((end) => end >= Math.max(-least, most)) ?? 100;
    const scale = least < 0 ? `-${end} to ${end}` : `${end === 5 ? 1 : 0} to ${end}`;
    const shown = least < 0 ? `down to ${least}` : `up to ${most}`;
    throw new UserError(
      `The judge at ${judge.baseUrl} does not score from 0 to 1: ${off.length} of its first ${seen} judgements hold scores ${shown}, as on a scale from ${scale}. Its ${least < 0 ? "scores would pass for better ones" : "low scores would pass for perfect ones"}. Name another model with judge.model, or set distill.prompts=default, which spells the scale out. What it judged on that scale counts for no mail once another judge is named; drafts are kept.`,
    );
  };
}
