/** Who judged, and how: printed beside every number of a judge, since numbers of two judges cannot be compared. */
import { digest } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import type { Endpoint } from "../recipe.ts";

/** The version of how answers are read and checked; another version may read another verdict from the same answer. */
const READING_VERSION = 1;

/** Everything that shapes a judge's numbers. */
export interface JudgeIdentity {
  /** A hash of all below: 12 hex digits. */
  readonly id: string;
  /** The model's name; for the built-in rules, that they are no language model. */
  readonly label: string;
  readonly model: string;
  readonly baseUrl: string;
  /** A hash of the prompt's words, the rubric and the schema. */
  readonly prompt: string;
  readonly temperature: number;
  readonly seed: number;
  readonly maxTokens: number;
  /** How often an unusable answer is asked for again. */
  readonly repeats: number;
  readonly version: number;
  /** All of it on one line. */
  readonly signature: string;
}

/** The identity of a judge with a prompt. */
export function identifyJudge(options: {
  endpoint: Pick<Endpoint, "baseUrl" | "model">;
  label: string;
  prompt: string;
  temperature: number;
  seed: number;
  maxTokens: number;
  repeats: number;
}): JudgeIdentity {
  const { endpoint, label, prompt, temperature, seed, maxTokens, repeats } = options;
  const { baseUrl, model } = endpoint;
  const version = READING_VERSION;
  const id = digest(JSON.stringify([baseUrl, model, prompt, temperature, seed, maxTokens, repeats, version]));
  const shortId = id.slice(0, 12);
  const place = URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl;
  const parts = [
    ...[`judge:${model}`, `at:${place}`, `prompt:${prompt}`, `t:${temperature}`, `seed:${seed}`],
    ...[`tokens:${maxTokens}`, `repeats:${repeats}`, `version:${version}`, `id:${shortId}`],
  ];
  return {
    id: shortId,
    label,
    model,
    baseUrl,
    prompt,
    temperature,
    seed,
    maxTokens,
    repeats,
    version,
    signature: parts.join("|"),
  };
}

/** Throws UserError where two results come from different judges; `a` and `b` say which results they are. */
export function refuseDifferentJudges(
  a: { readonly name: string; readonly judge: JudgeIdentity },
  b: { readonly name: string; readonly judge: JudgeIdentity },
): void {
  if (a.judge.id === b.judge.id) return;
  const keys = ["model", "baseUrl", "prompt", "temperature", "seed", "maxTokens", "repeats", "version"] as const;
  const differs = keys.filter((key) => a.judge[key] !== b.judge[key]);
  throw new UserError(
    [
      `The numbers of ${a.name} and ${b.name} come from different judges and cannot be compared:`,
      ...differs.map((key) => `  ${key}: ${a.judge[key]} there, ${b.judge[key]} here`),
      `Judge both with the same one: npx pocketreply judge --run RUN evaluate.judge.baseUrl=… evaluate.judge.model=…`,
    ].join("\n"),
  );
}
