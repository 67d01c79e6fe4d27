/** The scores of an evaluation for a terminal. */

import type { SystemEvaluation } from "../evaluate/index.ts";
import type { EvaluationReport } from "../stages/index.ts";
import { table } from "./layout.ts";
import { likelihoodLines } from "./likelihood-lines.ts";
import type { Session } from "./session.ts";

/**
 * The scores as a table, with what a reader must know before quoting one; `verbose` adds their signatures, the likelihoods and what the
 * controls and the leakage report say.
 */
export function printScores(
  report: EvaluationReport,
  session: Session,
  { verbose = false }: { verbose?: boolean },
): void {
  const { systems, items, trainingPairs, teacher } = report;
  const rows: [string, SystemEvaluation | null][] = [
    [report.of === null ? report.model : "fine-tuned", systems.student],
    ["base, not tuned", systems.base],
    ["teacher, asked again", systems.ceiling],
    ["best constant reply", systems.constant],
    ["nearest mail's reply", systems.nearest],
    ["shuffled references", systems.shuffledReferences],
  ];
  const known = rows.filter((row): row is [string, SystemEvaluation] => row[1] !== null);
  const cells = known.map(
    ([name, { bleu, bleuInterval, chrf, chrfInterval, meanWords, checks, sendable, grounding }]) => [
      name,
      bleu.score.toFixed(2),
      bleuInterval.halfWidth.toFixed(2),
      chrf.score.toFixed(2),
      chrfInterval.halfWidth.toFixed(2),
      meanWords.toFixed(1),
      percent(sendable.replies, items),
      percent(checks.clean, items),
      grounding.claims === 0 ? "n/a" : percent(grounding.grounded, grounding.claims),
    ],
  );
  const { chrf } = systems.student;
  session.print(
    [
      `\n${items} held-out mails; references by: ${teacher}; controls from ${trainingPairs} training replies`,
      sendableLine(report),
      "",
      table(["replies of", "BLEU", "±", chrf.name, "±", "words", "as it is", "well-formed", "grounded"], cells),
      "",
      ...(verbose
        ? details(report)
        : [
            ...warnings(report),
            "BLEU and chrF2++ count the teacher's words that come back; ± is half of the 95 % interval.",
          ]),
    ].join("\n"),
  );
}

/** "Could be sent as they are: 49 of 80 …; of the rest 12 invented something". */
function sendableLine({ systems, items, referenceSendable }: EvaluationReport): string {
  const { replies, faults } = systems.student.sendable;
  const told = Object.entries(faults).map(([fault, { count }]) => `${fault} ${count}`);
  return `Could be sent as they are: ${replies} of ${items} replies (of the teacher's own ${referenceSendable.replies})${told.length === 0 ? "" : `; found: ${told.join(", ")}`}`;
}

/** What stands below the table for who wants to know it all. */
function details(report: EvaluationReport): string[] {
  const { bleu, chrf } = report.systems.student;
  return [
    `BLEU    ${bleu.signature}; ± is half of the 95 % bootstrap interval`,
    `${chrf.name.padEnd(7)} ${chrf.signature}`,
    `The best constant reply: ${report.constantReply.replaceAll(/\s+/g, " ")}`,
    ...(report.ceiling?.status === "skipped" ? [`No ceiling: ${report.ceiling.reason}.`] : []),
    ...referenceLines(report),
    ...forgettingLines(report),
    ...bertScoreLines(report),
    ...warnings(report),
    "",
    ...leakageLines(report),
  ];
}

/** How likely the references are to the model and to the base. */
function referenceLines({ likelihood: { student, base, missing } }: EvaluationReport): string[] {
  const models = [
    ["fine-tuned", student],
    ["base, not tuned", base],
  ] as const;
  const known = models.flatMap(([name, figures]) => (figures === null ? [] : [[name, figures] as const]));
  return [
    "",
    ...(known.length === 0 ? [] : likelihoodLines(known)),
    ...(missing === null ? [] : [`No loss and no bits per byte of the model: ${missing}.`]),
  ];
}

/** What training forgot of what the base could do beside mail. */
function forgettingLines({ forgetting }: EvaluationReport): string[] {
  if (!forgetting) return [];
  const { instructions, base, student } = forgetting;
  const lost = student.missed.filter((id) => !base.missed.includes(id));
  return [
    `Of ${instructions} small instructions without mail the base follows ${base.followed}, the fine-tuned model ${student.followed}${lost.length > 0 ? `; no longer ${lost.join(", ")}` : ""}.`,
  ];
}

/** F1 of every system by BERTScore, where an encoder was named. */
function bertScoreLines({ bertscore }: EvaluationReport): string[] {
  if (!bertscore) return [];
  const names = {
    student: "fine-tuned",
    base: "base, not tuned",
    ceiling: "teacher, asked again",
    constant: "best constant reply",
    nearest: "nearest mail's reply",
    shuffledReferences: "shuffled references",
  };
  const rows = Object.entries(bertscore.systems).map(([name, { precision, recall, f1, interval }]) => [
    names[name as keyof typeof names],
    f1.toFixed(4),
    interval.halfWidth.toFixed(4),
    precision.toFixed(4),
    recall.toFixed(4),
  ]);
  return [
    "",
    table(["replies of", "BERTScore F1", "±", "P", "R"], rows),
    "",
    `BERTScore ${bertscore.signature}; what unrelated texts score is the row of the shuffled references`,
    "",
  ];
}

/** What a reader must know before quoting a figure. */
function warnings({ systems, items, emptyCandidates, refused }: EvaluationReport): string[] {
  const lines: string[] = [];
  const controls = [
    ["The best constant reply", systems.constant],
    ["A copied neighbour", systems.nearest],
    ["The base as it is", systems.base],
  ] as const;
  for (const [name, control] of controls)
    if (control !== null && control.bleu.score >= systems.student.bleu.score)
      lines.push(
        `! ${name} scores ${control.bleu.score.toFixed(2)} BLEU, no less than the model: the figure is no merit of the model.`,
      );
  if (emptyCandidates > 0)
    lines.push(`! ${emptyCandidates} of ${items} replies are empty; they are scored as they are.`);
  if (refused > 0)
    lines.push(`! The endpoint would not answer ${refused} of ${items} mails (predictions.jsonl says why).`);
  return lines;
}

function leakageLines({ leakage, items }: EvaluationReport): string[] {
  const { buckets, clean, cleanBelow, longRuns, referencesSeen } = leakage;
  const rows = buckets.map(({ name, items, student, nearest }) => [
    name,
    String(items),
    student.bleu.toFixed(2),
    student.chrf.toFixed(2),
    nearest.bleu.toFixed(2),
  ]);
  const share = `${Math.round(100 * cleanBelow)} %`;
  if (clean !== null) {
    const { student, nearest, bleuInterval } = clean;
    rows.push([
      `clean (< ${share})`,
      String(clean.items),
      `${student.bleu.toFixed(2)} ± ${bleuInterval.halfWidth.toFixed(2)}`,
      student.chrf.toFixed(2),
      nearest.bleu.toFixed(2),
    ]);
  }
  return [
    "Leakage: by the share of a mail's five-word runs that stand in one training mail",
    "",
    table(["similarity", "mails", "BLEU", "chrF2++", "BLEU of nearest"], rows),
    "",
    `${longRuns} of ${items} mails share 13 words in a row with a training mail; ${referencesSeen} references are training replies word for word.`,
    ...(clean === null
      ? [`No mail is clean (below ${share}): every score here is of mails that training has seen the like of.`]
      : []),
  ];
}

const percent = (part: number, whole: number) => `${Math.round((100 * part) / whole)}%`;

/** BLEU in the readings that are not comparable. */
export function printCompat({ compat }: EvaluationReport, session: Session): void {
  const rows = compat.map(({ name, score, description, missing }) => [
    name,
    score === null ? "n/a" : score.toFixed(2),
    missing === null ? description : `${description} (needs ${missing})`,
  ]);
  session.print(
    `\nThe fine-tuned model's BLEU in readings that explain published figures; only the first is comparable\n`,
  );
  session.print(table(["reading", "BLEU", "what it is"], rows));
}
