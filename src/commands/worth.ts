/** What a run is worth, where that is less than it looks. */
import type { DistillReport } from "../distill/index.ts";
import type { EvaluationReport, StageContext } from "../stages/index.ts";
import type { TrainReport } from "../train/index.ts";

/** ours: below it the held-out mails are a dozen, and an interval over them is wider than most differences between models. */
const FEW_REPLIES = 200;

const BY_RULES =
  "the built-in rules, not a language model: good for trying the path on your mail, not for replies to send. For those name a teacher, as in teacher.baseUrl=https://api.openai.com/v1 teacher.model=gpt-6-luna teacher.extraBody.reasoning_effort=none";

/** Says before anything is written that the teacher is no model. */
export function warnOfRules({ folder: { recipe }, session }: StageContext): void {
  if (recipe.teacher.baseUrl === "builtin") session.progress.line(`! the replies are written by ${BY_RULES}`);
}

/** Lines for a person who would quote the figures of this run; none where they are worth what they say. */
export function worthLines(
  { recipe }: StageContext["folder"],
  run: { distilled: DistillReport; trained: TrainReport; evaluated: EvaluationReport },
): string[] {
  const { distilled, trained, evaluated } = run;
  const lines: string[] = [];
  if (recipe.teacher.baseUrl === "builtin")
    lines.push(`! The ${distilled.accepted} replies were written by ${BY_RULES}.`);
  const { train } = trained.examples;
  if (train < FEW_REPLIES) {
    const { bleu, bleuInterval } = evaluated.systems.student;
    lines.push(
      `! ${train} replies to learn from and ${evaluated.items} to be tested on are few (BLEU ${bleu.score.toFixed(1)} ± ${bleuInterval.halfWidth.toFixed(1)}): a trial of the path, not a measure of what the model can do. Import more mail, or raise distill.sample.`,
    );
  }
  return lines.length === 0 ? [] : ["", ...lines];
}
