/** A command line from start to exit code: the session it opens, the errors it tells, what stopping it leaves. */

import { type Command, CommanderError } from "commander";
import { didYouMean, pasteable, UserError } from "../errors.ts";
import {
  colourWarnings,
  createEventProgress,
  createProgress,
  type Progress,
  type ProgressStream,
  printable,
} from "../progress.ts";
import { createProgram } from "./program.ts";
import type { Session } from "./session.ts";

/** Where a command writes, and what stops it. */
export interface Terminal {
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  readonly stderr: ProgressStream;
  /** Aborted with the name of the signal, SIGINT or SIGTERM, as its reason. */
  readonly stop: AbortSignal;
}

/** A command that has been started. */
export interface StartedCommand {
  /** Its exit code: 0 done, 1 an error (told on stderr), another where a verb says so, 130 stopped by Ctrl-C, 143 by SIGTERM. */
  readonly exitCode: Promise<number>;
  /** Says how to go on after being stopped; the exit code. */
  leave(): number;
  /** How long it may take to end once it is stopped. */
  endsWithinMs(): number;
}

/** Runs the verb in `args`, the words after the program's name. */
export function startCommand(args: readonly string[], { stdout, stderr, stop }: Terminal): StartedCommand {
  const command = spell(args);
  let progress: Progress = createProgress({ stream: stderr });
  let endsWithinMs = 3000;
  const aborted = new AbortController(); // what verbs see is an error, whatever stopped the command
  stop.addEventListener("abort", () => aborted.abort(new Error("stopped")), { once: true });

  const openSession = ({ json = false, quiet }: { json?: boolean; quiet?: boolean }): Session => {
    progress = (json ? createEventProgress : createProgress)({ stream: stderr, quiet });
    return {
      progress,
      signal: aborted.signal,
      allowToEnd: (ms) => {
        endsWithinMs = Math.max(endsWithinMs, ms);
      },
      command,
      print: (text) => void (json || stdout.write(`${colourWarnings(printable(text), stdout)}\n`)),
      printJson: (value) => void (json && stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
      stream: (text) => void (json || stdout.write(printable(text))),
    };
  };

  const leave = () => {
    progress.clear();
    stderr.write(`Stopped. What is finished is kept; to go on: ${resumeCommand(args)}\n`);
    return stop.reason === "SIGTERM" ? 143 : 130;
  };

  const run = async (): Promise<number> => {
    const program = createProgram(openSession, { stdout, stderr });
    try {
      if (args.length === 0) program.outputHelp();
      else await program.parseAsync(withoutUnknownHelp(program, args), { from: "user" });
      return 0;
    } catch (error) {
      if (stop.aborted) return leave();
      progress.clear();
      if (error instanceof CommanderError) {
        if (error.code === "commander.missingMandatoryOptionValue") stderr.write(unknownOptions(program, args));
        return error.exitCode; // what was wrong is already written
      }
      const told = error instanceof UserError ? error.message : String(error instanceof Error ? error.stack : error);
      stderr.write(`${printable(told)}\n`);
      return 1;
    }
  };
  return { exitCode: run(), leave, endsWithinMs: () => endsWithinMs };
}

/** The command to type again; started through npm, that is npm's own. What was to be done anew has been begun: going on does not begin it once more. */
function resumeCommand(args: readonly string[]): string {
  if (process.env.npm_lifecycle_event === "start") return "npm start";
  const isOnce = (arg: string, i: number) =>
    arg === "--anew" || /^--from(=|$)/.test(arg) || (i > 0 && args[i - 1] === "--from");
  return spell(args.filter((arg, i) => !isOnce(arg, i)));
}

function spell(args: readonly string[]): string {
  return ["npx pocketreply", ...args.map(pasteable)].join(" ");
}

/** "help" of a verb that is none is that verb, whose error names the one that was meant. */
function withoutUnknownHelp(program: Command, args: readonly string[]): readonly string[] {
  const [first, verb] = args;
  if (first !== "help" || verb === undefined || verb.startsWith("-")) return args;
  return ["help", ...program.commands.map((each) => each.name())].includes(verb) ? args : [verb];
}

/** A line for each option that the verb does not know: where one is missing, the library does not tell of a misspelt one. */
function unknownOptions(program: Command, args: readonly string[]): string {
  const known =
    program.commands.find((each) => each.name() === args[0])?.options.flatMap(({ long }) => long ?? []) ?? [];
  const typed = args.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split("=", 1)[0]);
  return typed
    .filter((option) => !known.includes(option))
    .map((option) => `(${option} is no option.${didYouMean(option, known)})\n`)
    .join("");
}
