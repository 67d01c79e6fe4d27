/** The figures of the reply bench for a person. */

import { ASSISTANT_PARTS, type BenchRate, type BoundedRate, type CheckId, REPLY_CHECKS } from "../checks/index.ts";
import { cutText } from "../formats/index.ts";
import { formatBytes } from "../progress.ts";
import type { BenchReport } from "../stages/index.ts";
import { table, wrapText } from "./layout.ts";
import { likelihoodLines } from "./likelihood-lines.ts";
import type { Session } from "./session.ts";

/** Checks, set-wide figures, slices, and a failure of each check; the rest is in the file. */
export function printBench(report: BenchReport, path: string, session: Session): void {
  const { set, items, model } = report;
  const lock = set.locked ? "locked" : "not locked: figures compare with this file alone";
  session.print(
    [
      `\n${model}`,
      `${items} mails that need a reply, of ${set.path} (SHA-256 ${set.sha256.slice(0, 12)}…, ${lock})`,
      "",
      table(["", "check", "passed", "of", "rate", "95 % interval"], checkRows(report)),
      "",
      ...setLines(report),
      "",
      ...assistantLines(report),
      ...(report.likelihood === null
        ? [`A17 not measured: ${report.noLikelihood}`]
        : likelihoodLines([["A17 the model", report.likelihood]])),
      "",
      table(["slice", "mails", "clean", "A5", "A9", "A10", "A13"], sliceRows(report)),
      "",
      "A failure of each check:",
      ...exampleLines(report),
      "",
      `All ${report.failures.length} failures with the offending text: ${path}`,
    ].join("\n"),
  );
}

const percent = (rate: number) => `${(100 * rate).toFixed(1)}%`;
const interval = ({ low, high }: BenchRate) => `${percent(low)} to ${percent(high)}`;

function checkRows({ checks, clean }: BenchReport): string[][] {
  const row = (id: string, name: string, rate: BenchRate | null | undefined) =>
    rate ? [[id, name, String(rate.passed), String(rate.of), percent(rate.rate), interval(rate)]] : [];
  const each = Object.entries(REPLY_CHECKS).flatMap(([id, name]) => row(id, name, checks[id as CheckId]));
  return [...each, ...row("", "all that apply", clean)];
}

function setLines(report: BenchReport): string[] {
  const {
    grounding,
    asks,
    asksTaken,
    asksUnderAttack,
    attackSuccess,
    leaks,
    needsFill,
    diversity,
    suggestions,
    trigger,
  } = report;
  const { reference, cost, modelBytes, peakRssBytes } = report;
  const share = (name: string, rate: BenchRate | null) =>
    rate === null ? [] : [`${name}: ${rate.passed} of ${rate.of} (${percent(rate.rate)}, ${interval(rate)})`];
  const bounded = (name: string, rate: BenchReport["leaks"]) =>
    rate === null
      ? []
      : [
          `${name}: ${rate.passed} of ${rate.of} (${percent(rate.rate)}; at 95 % no more than ${percent(rate.upperBound)}${rate.passed === 0 ? ", rule of three" : ""})`,
        ];
  const ms = (value: number) => `${Math.round(value)} ms`;
  const { firstTokenMs, tokensPerSecond, replyTokens } = cost;
  return [
    ...share("A5 claims grounded", grounding),
    ...share("A9 asks answered or put off", asks),
    ...share("A9 asks with words about them, putting off not counted", asksTaken),
    ...share("A9 answered or put off in mails that attack", asksUnderAttack),
    ...bounded("A12 replies with a leak", leaks),
    ...bounded("A13 attacks obeyed", attackSuccess),
    ...share("A7 replies with gaps to fill", needsFill),
    ...(diversity === null
      ? []
      : [
          `A3 distinct-1 ${diversity.distinct1.toFixed(3)}, distinct-2 ${diversity.distinct2.toFixed(3)}, self-BLEU ${diversity.selfBleu.toFixed(1)}; the commonest reply stands ${diversity.commonest.count} times`,
        ]),
    suggestions === null
      ? "A15 suggestions: not measured (--suggestions 3)"
      : `A15 P@1 ${percent(suggestions.precisionAt1)}, P@${suggestions.k} ${percent(suggestions.precisionAtK)}, MRR ${suggestions.meanReciprocalRank.toFixed(3)}, distinct ${percent(suggestions.distinct)}, more than one stance ${suggestions.stances === null ? "n/a" : percent(suggestions.stances.rate)}`,
    trigger === null
      ? "A16 trigger: not measured"
      : `A16 ${trigger.description}: ROC-AUC ${trigger.rocAuc.toFixed(3)}, average precision ${trigger.averagePrecision.toFixed(3)}, ECE ${trigger.calibrationError.toFixed(3)}, abstains on ${percent(trigger.abstainRate)} of mail that needs no reply`,
    ...(reference === null
      ? []
      : [
          `A18 BLEU ${reference.bleu.score.toFixed(2)}, ${reference.chrf.name} ${reference.chrf.score.toFixed(2)}, ROUGE-L ${(100 * reference.rouge.rougeL.fMeasure).toFixed(2)} (${reference.bleu.signature})`,
        ]),
    [
      "A19",
      firstTokenMs === null ? "" : `first token after ${ms(firstTokenMs.median)} (p90 ${ms(firstTokenMs.p90)}),`,
      tokensPerSecond === null ? "" : `${tokensPerSecond.median.toFixed(0)} tokens/s,`,
      replyTokens === null ? "tokens not counted" : `${replyTokens.median} tokens a reply (p90 ${replyTokens.p90})`,
      modelBytes === null ? "" : `, model ${formatBytes(modelBytes)}`,
      peakRssBytes === null ? "" : `, peak memory ${formatBytes(peakRssBytes)}`,
    ]
      .filter((part) => part !== "")
      .join(" ")
      .replaceAll(" ,", ","),
  ];
}

/** A13 and A12 of the assistant by part, and its suggestions beside what needs no model. */
function assistantLines({ assistant }: BenchReport): string[] {
  if (assistant === null) return [];
  const { attacksObeyed, leaks, ownerFollowed, ranking, rankedMails, distinctIntentsAt3, byModel } = assistant;
  const cell = (rate: BoundedRate | null) =>
    rate === null ? "n/a" : `${rate.passed} of ${rate.of}, at 95 % ≤ ${percent(rate.upperBound)}`;
  const share = (rate: BenchRate | null) =>
    rate === null ? "n/a" : `${rate.passed} of ${rate.of} (${percent(rate.rate)})`;
  return [
    table(
      ["the assistant", "A13 attacks obeyed", "A12 replies with a leak"],
      ASSISTANT_PARTS.map((part) => [part, cell(attacksObeyed[part]), cell(leaks[part])]),
    ),
    `told to decline by the owner, it declines in mails that attack: ${share(ownerFollowed)}`,
    "",
    table(
      [`three suggestions, ${rankedMails} mails`, "P@1", "P@3", "MRR", "R@3"],
      ranking.map(({ system, precisionAt1, precisionAt3, meanReciprocalRank, recallAt3 }) => [
        ...[system, percent(precisionAt1), percent(precisionAt3), meanReciprocalRank.toFixed(3), percent(recallAt3)],
      ]),
    ),
    `${distinctIntentsAt3.toFixed(2)} intents among three; the model's own words, no set phrase: ${share(byModel)}`,
    "",
  ];
}

function sliceRows({ slices }: BenchReport): string[][] {
  const cell = (rate: BenchRate | null | undefined) => (rate ? percent(rate.rate) : "n/a");
  return slices.map(({ slice, items, clean, checks }) => [
    slice,
    String(items),
    cell(clean),
    cell(checks.A5),
    cell(checks.A9),
    cell(checks.A10),
    cell(checks.A13),
  ]);
}

const OFFENCE_CHARACTERS = 400;
const LINE_CHARACTERS = 100;

function exampleLines({ failures }: BenchReport): string[] {
  return (Object.keys(REPLY_CHECKS) as CheckId[]).flatMap((id) => {
    const first = failures.find(({ check }) => check === id);
    if (first === undefined) return [];
    const offence = cutText(first.offence.replace(/\s+/g, " "), OFFENCE_CHARACTERS);
    const [head, ...rest] = wrapText(`${first.id}: ${offence}`, LINE_CHARACTERS);
    return [`  ${id.padEnd(4)}${head}`, ...rest.map((line) => `      ${line}`)];
  });
}
