/** The options that verbs share, and how their values are read. */

import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import type { JobTarget } from "../jobs/index.ts";
import type { MetricName } from "../metrics/index.ts";
import type { Length, Tone } from "../reply/index.ts";
import { defaultRecipeName } from "../shipped.ts";
import type { PreferenceMethod } from "../train/index.ts";

/** Options of `reply` beside the common ones. */
export interface ReplyOptions {
  readonly model?: string;
  readonly adapter?: string;
  readonly style?: "mine";
  readonly maxTokens?: number;
  readonly temperature?: number;
  /** Three short replies instead of a draft. */
  readonly suggest?: boolean;
  /** Answer what wants no reply, too. */
  readonly anyway?: boolean;
  readonly steer?: string;
  readonly tone?: Tone;
  readonly length?: Length;
  readonly language?: string;
}

/** Options of `redact`. */
export interface RedactOptions {
  readonly run?: string;
  /** So many mails of the run folder are shown. */
  readonly show?: number;
}

/** Options of `personalise`. */
export interface PersonaliseOptions {
  readonly pairs?: string;
  readonly forget?: boolean;
}

/** Options of `clients`. */
export interface ClientsOptions {
  readonly client: "thunderbird";
  readonly out: string;
}

/** Options of `serve` beside the common ones. */
export interface ServeOptions {
  readonly model?: string;
  readonly adapter?: string;
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/** Options of `view` beside the common ones. */
export interface ViewFlags {
  readonly port: number;
  readonly host: string;
}

/** Options of `distill` beside the common ones. */
export interface WorkerFlags {
  /** redis://…: the calls are shared with other machines. */
  readonly workers?: string;
  /** The run to work for, instead of leading one. */
  readonly join?: string;
}

/** Options of `evaluate` beside the common ones. */
export interface EvaluateFlags {
  /** Scores anew from the replies that are there. */
  readonly rescore?: boolean;
}

/** Options of `compare`. */
export interface CompareFlags {
  readonly intersect?: boolean;
  readonly report?: string;
}

/** What takes the steps of a training. */
export interface EngineFlags {
  /** Ours where none is named. */
  readonly engine?: "onnx" | "torch";
  readonly python?: string;
}

/** The options of `EngineFlags`. */
export function withEngine(command: Command): Command {
  return command
    .addOption(
      new Option("--engine <name>", "what takes the steps: our own trainer, or PyTorch; either goes on from the other")
        .choices(["onnx", "torch"])
        .default("onnx"),
    )
    .option("--python <path>", "for --engine torch: the Python to use (default: POCKETREPLY_PYTHON, else python3)");
}

/** What the stage takes for them. */
export function chooseEngine({ engine, python = process.env.POCKETREPLY_PYTHON ?? "python3" }: EngineFlags) {
  return engine === "torch" ? ({ name: "torch", python } as const) : ({ name: "onnx" } as const);
}

/** Options of `run` beside the common ones. */
export interface RunFlags extends EngineFlags {
  /** Not named where the run folder holds it already. */
  readonly mail?: string;
  readonly verbose?: boolean;
}

/** Options of `train` beside the common ones. */
export interface TrainFlags extends EngineFlags {
  /** Settings with several values each, tried against each other in short trainings. */
  readonly sweep?: readonly string[];
  /** From the first step, the results so far set aside. */
  readonly anew?: boolean;
  /** Learn whether a mail wants a reply instead. */
  readonly trigger?: boolean;
  /** Measure how sure the model has to be of the next words instead. */
  readonly completion?: boolean;
  /** Learn from comparisons of replies instead, from the trained adapter on. */
  readonly method?: PreferenceMethod;
}

/** Options of `improve` beside the common ones. */
export interface ImproveFlags extends EngineFlags {
  readonly method: Exclude<PreferenceMethod, "kto">;
}

/** Options of `inbox` beside the common ones. */
export interface InboxFlags {
  readonly mail: string;
  readonly model?: string;
  readonly style?: "mine";
  readonly once?: boolean;
}

/** Options of `job` beside the common ones. */
export interface JobFlags {
  readonly target: JobTarget;
  readonly nodes: number;
  readonly gpus: number;
  readonly gpu: string;
  readonly store?: string;
  readonly spot?: boolean;
}

/** Adds what every verb with a recipe has. */
export function withRecipe(
  command: Command,
  {
    folder,
    needsRun = folder === undefined,
    recipe = defaultRecipeName,
    overrides = true,
    quiet = true,
  }: {
    /** The run folder where --run names none. */
    folder?: string;
    needsRun?: boolean;
    /** The recipe of a new folder where --recipe names none. */
    recipe?: string;
    /** Takes recipe overrides as arguments. */
    overrides?: boolean;
    quiet?: boolean;
  } = {},
): Command {
  if (overrides) command.addArgument(new Argument("[key=value...]", "recipe overrides, such as train.epochs=3"));
  const run = new Option("--run <folder>", "the run folder");
  if (folder !== undefined) run.default(folder);
  command.addOption(run.makeOptionMandatory(needsRun));
  command.option(
    "--recipe <file>",
    `a recipe file, or the name of one that ships: quickstart, pocket, best, paper (default: the folder's own; for a new folder ${recipe})`,
  );
  command.option("--set <key=value>", "the same as a recipe override; may be given again", collect);
  command.addOption(jsonOption());
  if (quiet) command.option("--quiet", "no progress");
  return command;
}

/** `--mail`: where import reads. */
export function mailOption(): Option {
  return new Option(
    "--mail <source>",
    "the mail: an mbox or mbox.gz file, a Maildir, a folder of mail files, a .eml file, a table (.parquet, .jsonl, .csv), hf://datasets/OWNER/NAME, or imaps://USER@HOST/INBOX",
  );
}

/** `--model`: a GGUF file instead of a run folder's. */
export function modelOption(): Option {
  return new Option("--model <file>", "a GGUF file (default: the smallest in the run folder's export/)");
}

/** An adapter to lay over that file. */
export function adapterOption(): Option {
  return new Option("--adapter <file>", "an adapter (export.formats=[adapter-gguf]) to lay over --model, its base");
}

/** Options of `score` as they are typed. */
export interface ScoreFlags {
  readonly candidates: string;
  readonly references: readonly string[];
  readonly metrics?: readonly MetricName[];
  readonly lowercase?: boolean;
  readonly confidence?: boolean;
  readonly baseline?: string;
  readonly compat?: boolean;
  readonly encoder?: string;
  readonly layer?: number;
  readonly idf?: boolean;
  /** A file, or true for the published one. */
  readonly rescaleBaseline?: string | true;
  readonly fastTokenizer?: boolean;
}

/** `--verbose`: all that an evaluation found, which is otherwise left to the report. */
export function verboseOption(): Option {
  return new Option("--verbose", "every score, control and signature in the terminal, not in the report alone");
}

/** `--json`, the same on every verb. */
export function jsonOption(): Option {
  return new Option(
    "--json",
    "the result as JSON on standard output; progress as JSON events, a line each, on standard error",
  );
}

/** Collects the values of an option that may be given again. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** A whole number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) throw new InvalidArgumentError("It must be a whole number above 0.");
  return value;
}

/** A number of 0 or more. */
export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0)) throw new InvalidArgumentError("It must be 0 or more.");
  return value;
}

/** A number above 0. */
export function aboveZero(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It must be above 0.");
  return value;
}

/** A TCP port, 0 for any that is free. */
export function portNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0 || value > 65535) {
    throw new InvalidArgumentError("It must be a port: 0 to 65535.");
  }
  return value;
}

/** Options of `quickstart` beside the common ones. */
export interface QuickstartFlags {
  readonly base?: string;
  readonly verbose?: boolean;
}

/** What `inspect` takes. */
export interface InspectOptions {
  readonly file: string;
}

/** What `push` takes beside the common options. */
export interface PushFlags {
  readonly android?: boolean;
  readonly model?: string;
  readonly runner?: string;
  readonly serial?: string;
  readonly folder?: string;
  readonly adb: string;
  readonly print?: boolean;
}
