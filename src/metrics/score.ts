/** Scores of files: the metrics, intervals, paired test and readings that `pocketreply score` prints. */
import { UserError } from "../errors.ts";
import { type BertScore, type BertScoreOptions, withBertScorer } from "./bertscore/bertscore.ts";
import { formatBertScore, measureBertScore } from "./bertscore/measured.ts";
import { type BleuOptions, type BleuScore, bleuScore, formatBleu, measureBleu } from "./bleu.ts";
import { type BootstrapOptions, type ConfidenceInterval, confidenceInterval } from "./bootstrap.ts";
import { type ChrfOptions, type ChrfScore, measureChrf } from "./chrf.ts";
import { type CompatReading, compatReadings } from "./compat.ts";
import { fixed, formatScore } from "./format.ts";
import { type PairedResult, pairedBootstrap, pairedRandomization } from "./paired.ts";
import { type RougeScore, rouge } from "./rouge.ts";
import { readParallel } from "./segments.ts";
import type { Measured } from "./statistics.ts";
import { measureTer, type TerOptions, type TerScore, terScore } from "./ter.ts";

/** The metrics by the names they are asked for. */
export const METRICS = ["bleu", "chrf", "chrf++", "ter", "rouge", "bertscore"] as const;
export type MetricName = (typeof METRICS)[number];

/** Metrics that sum over segments, so that they can be resampled. */
export type ResampledName = Exclude<MetricName, "rouge">;
/** Those of them that are counted from the texts alone. */
type CountedName = Exclude<ResampledName, "bertscore">;

/** What to score, and how. */
export interface ScoreOptions {
  /** Files of segments; line n of each belongs together. */
  readonly candidates: string;
  readonly references: readonly string[];
  readonly metrics?: readonly MetricName[]; //  bleu, chrf, chrf++, rouge, and with an encoder bertscore
  /** Lower-cases for BLEU and chrF; TER and ROUGE always do. */
  readonly lowercase?: boolean;
  readonly bleu?: BleuOptions;
  readonly chrf?: Omit<ChrfOptions, "wordOrder">;
  readonly ter?: TerOptions;
  readonly rouge?: { readonly stemming?: boolean };
  /** The encoder of BERTScore, and how texts are compared in it. */
  readonly bertscore?: BertScoreOptions;
  /** Asks for 95 % intervals of every metric but ROUGE. */
  readonly confidence?: BootstrapOptions;
  /** Asks for a test of the candidates against those of another system, a file too. */
  readonly paired?: {
    readonly baseline: string;
    readonly test: "bootstrap" | "randomization";
    readonly trials?: number;
    readonly seed?: number;
  };
  /** Asks for the readings of compat.ts; the files for them, where there are any. */
  readonly compat?: { readonly prompts?: string; readonly teacherForced?: string };
}

/** What was asked for. */
export interface FileScores {
  readonly segments: number;
  /** Candidates and references without any text: they are scored as they are, and counted here. */
  readonly emptyCandidates: number;
  readonly emptyReferences: number;
  readonly bleu?: BleuScore;
  readonly chrf?: ChrfScore; //            chrF2
  readonly chrfPlusPlus?: ChrfScore; //    chrF2++
  readonly ter?: TerScore;
  readonly rouge?: RougeScore;
  /** Means; those of each segment are left out. */
  readonly bertscore?: Omit<BertScore, "segments">;
  readonly intervals?: Readonly<Partial<Record<ResampledName, ConfidenceInterval>>>;
  readonly paired?: readonly PairedResult[];
  readonly compat?: readonly CompatReading[];
}

const DEFAULT_METRICS: readonly MetricName[] = ["bleu", "chrf", "chrf++", "rouge"];

/** Scores the segments of one file against those of one or more reference files. Throws UserError for files that cannot be compared, as `readSegments` and `readParallel` do. */
export async function scoreFiles(options: ScoreOptions): Promise<FileScores> {
  const { confidence, paired, compat, bertscore } = options;
  const metrics = options.metrics ?? (bertscore ? [...DEFAULT_METRICS, "bertscore" as const] : DEFAULT_METRICS);
  if (metrics.includes("bertscore") && !bertscore)
    throw new UserError(
      "BERTScore compares texts in an encoder: name one with --encoder, a folder or a model on the hub.",
    );
  const files = await readFiles(options);
  const { candidates, references, baseline } = files;
  const wanted = METRICS.filter((name) => metrics.includes(name));
  const resampled = wanted.filter((name) => name !== "rouge");
  if (resampled.length === 0 && (confidence ?? paired))
    throw new UserError(
      `Intervals and paired tests are made of ${METRICS.filter((name) => name !== "rouge").join(", ")}: ask for one of them.`,
    );
  const [bert, bertBaseline] = wanted.includes("bertscore") ? await scoreInEncoder(files, bertscore!) : [];
  const measureAll = (texts: readonly string[], ofBert: BertScore | undefined) =>
    resampled.map((name) =>
      name === "bertscore" ? measureBertScore(ofBert!) : measure(name, texts, references, options),
    );
  const measured = measureAll(candidates, bert);
  const byName = new Map(resampled.map((name, i) => [name, measured[i]]));
  const chrfOf = (name: "chrf" | "chrf++") => {
    const found = byName.get(name);
    return found && { score: found.score, name: found.name, signature: found.signature() };
  };
  const [bleuMeasured, terMeasured] = [byName.get("bleu"), byName.get("ter")];
  return withoutUndefined<FileScores>({
    segments: candidates.length,
    emptyCandidates: countEmpty(candidates),
    emptyReferences: references.reduce((sum, stream) => sum + countEmpty(stream), 0),
    bleu: bleuMeasured && bleuScore(bleuMeasured, bleuOptions(options)),
    chrf: chrfOf("chrf"),
    chrfPlusPlus: chrfOf("chrf++"),
    ter: terMeasured && terScore(terMeasured),
    rouge: wanted.includes("rouge") ? rouge(candidates, references, options.rouge) : undefined,
    bertscore: bert && withoutSegments(bert),
    intervals:
      confidence && Object.fromEntries(resampled.map((name, i) => [name, confidenceInterval(measured[i], confidence)])),
    paired: paired && baseline && testPair(paired, measureAll(baseline, bertBaseline), measured),
    compat: compat && compatReadings(files),
  });
}

async function readFiles({ candidates, references, paired, compat }: ScoreOptions) {
  if (references.length === 0) throw new UserError("No reference file was given. Name at least one with --references.");
  const others = [paired?.baseline, compat?.prompts, compat?.teacherForced];
  const given = others.filter((path) => path !== undefined);
  const [first, ...rest] = await readParallel([candidates, ...references, ...given]);
  const extra = rest.slice(references.length);
  const take = (path: string | undefined) => (path === undefined ? undefined : extra.shift());
  const [baseline, prompts, teacherForced] = others.map(take);
  return { candidates: first, references: rest.slice(0, references.length), baseline, prompts, teacherForced };
}

/** BERTScore of the candidates, and of the baseline where there is one: the references are encoded once. */
async function scoreInEncoder(
  { candidates, references, baseline }: Awaited<ReturnType<typeof readFiles>>,
  options: BertScoreOptions,
): Promise<BertScore[]> {
  const systems = baseline === undefined ? [candidates] : [candidates, baseline];
  return withBertScorer(options, (scorer) =>
    scorer.score(
      systems.map((texts) => ({ candidates: texts, references })),
      options,
    ),
  );
}

function withoutSegments({ segments: _, ...means }: BertScore): Omit<BertScore, "segments"> {
  return means;
}

function bleuOptions({ lowercase, bleu }: ScoreOptions): BleuOptions {
  return { lowercase, ...bleu };
}

function measure(
  name: CountedName,
  candidates: readonly string[],
  references: readonly string[][],
  options: ScoreOptions,
): Measured {
  const { lowercase, chrf, ter } = options;
  switch (name) {
    case "bleu":
      return measureBleu(candidates, references, bleuOptions(options));
    case "chrf":
      return measureChrf(candidates, references, { lowercase, ...chrf });
    case "chrf++":
      return measureChrf(candidates, references, { lowercase, ...chrf, wordOrder: 2 });
    case "ter":
      return measureTer(candidates, references, ter);
    default:
      return name satisfies never;
  }
}

function testPair(
  { test, trials, seed }: NonNullable<ScoreOptions["paired"]>,
  baseline: readonly Measured[],
  system: readonly Measured[],
): PairedResult[] {
  const run = test === "bootstrap" ? pairedBootstrap : pairedRandomization;
  return run({ baseline, system, trials, seed });
}

const countEmpty = (texts: readonly string[]) => texts.filter((text) => text.trim() === "").length;

function withoutUndefined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/** The scores for a person, a line each, every signature under its score. */
export function formatFileScores(scores: FileScores): string[] {
  const {
    segments,
    emptyCandidates,
    emptyReferences,
    bleu,
    chrf,
    chrfPlusPlus,
    ter,
    rouge,
    bertscore,
    intervals = {},
    paired = [],
    compat = [],
  } = scores;
  const lines = [segments === 1 ? "1 segment" : `${segments} segments`];
  for (const [count, what] of [
    [emptyCandidates, "candidate"],
    [emptyReferences, "reference"],
  ] as const)
    if (count > 0)
      lines.push(`${count} empty ${what}${count === 1 ? "" : "s"}, scored as ${count === 1 ? "it is" : "they are"}`);
  const add = (text: string, signature: string) => lines.push(text, `  ${signature}`);
  if (bleu) add(formatBleu(bleu, intervals.bleu), intervals.bleu?.signature ?? bleu.signature);
  for (const [each, interval] of [
    [chrf, intervals.chrf],
    [chrfPlusPlus, intervals["chrf++"]],
  ] as const)
    if (each) add(formatScore(each.name, each.score, interval), interval?.signature ?? each.signature);
  if (ter) add(formatScore("TER", ter.score, intervals.ter), intervals.ter?.signature ?? ter.signature);
  if (rouge) {
    const percent = (kind: "rouge1" | "rouge2" | "rougeL" | "rougeLsum") => fixed(100 * rouge[kind].fMeasure, 2);
    add(
      `ROUGE F = ${percent("rouge1")} (1) ${percent("rouge2")} (2) ${percent("rougeL")} (L) ${percent("rougeLsum")} (Lsum)`,
      rouge.signature,
    );
  }
  if (bertscore) lines.push(...formatBertScore(bertscore, intervals.bertscore));
  if (paired.length > 0) lines.push("", `Against the baseline, paired ${paired[0].test}:`);
  for (const { name, score, baselineScore, pValue, signature } of paired)
    add(
      `${name} ${fixed(score, digitsOf(name))}, baseline ${fixed(baselineScore, digitsOf(name))}, p = ${fixed(pValue, 4)}${pValue < 0.05 ? "" : " (may be chance)"}`,
      signature,
    );
  if (compat.length > 0) lines.push("", "Readings that are not comparable, beside the one that is:");
  for (const { name, description, score, signature, missing } of compat) {
    lines.push(`${score === null ? "     –" : fixed(score, 2).padStart(6)}  ${name}: ${description}`);
    lines.push(`        ${signature ?? `not made: it needs ${missing}`}`);
  }
  return lines;
}

/** BERTScore runs from 0 to 1, the others to 100. */
function digitsOf(name: string): number {
  return name.startsWith("BERTScore") ? 4 : 2;
}
