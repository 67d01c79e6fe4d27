#!/usr/bin/env node
/** The command line's shell: signals, errors and exit codes. The verbs are in commands/. */
import { CommandLineError, createProgram, type Session } from "./commands/index.ts";
import { UserError } from "./errors.ts";
import { createEventProgress, createProgress, type Progress, printable } from "./progress.ts";

/** Exit codes: 0 done, 1 an error (told on stderr), 130 stopped by Ctrl-C, 143 by SIGTERM. */
async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const command = ["npx pocketreply", ...argv.slice(2).map(quoteArgument)].join(" ");
  let progress: Progress = createProgress({ stream: process.stderr });
  let json = false;
  let stoppedBy: "SIGINT" | "SIGTERM" | undefined;
  let endsWithinMs = 3000;

  const openSession = (options: { json?: boolean; quiet?: boolean }): Session => {
    json = options.json === true;
    const { quiet } = options;
    progress = (json ? createEventProgress : createProgress)({ stream: process.stderr, quiet });
    return {
      progress,
      signal: stop.signal,
      allowToEnd: (ms) => {
        endsWithinMs = Math.max(endsWithinMs, ms);
      },
      command,
      print: (text) => void (json || process.stdout.write(`${printable(text)}\n`)),
      printJson: (value) => void (json && process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
      stream: (text) => void (json || process.stdout.write(printable(text))),
    };
  };

  const leave = () => {
    progress.clear();
    process.stderr.write(`Stopped. What is finished is kept; to go on: ${resumeCommand(command)}\n`);
    return stoppedBy === "SIGTERM" ? 143 : 130;
  };
  const onSignal = (signal: "SIGINT" | "SIGTERM") => {
    if (stoppedBy !== undefined) process.exit(leave());
    stoppedBy = signal;
    stop.abort(new Error("stopped"));
    // A stage that cannot stop half-way has files that resume, so leaving in the middle of it is safe.
    setTimeout(() => process.exit(leave()), endsWithinMs).unref();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0); // the reader (head, less) has seen enough
    throw error;
  });

  try {
    const program = createProgram(openSession);
    if (argv.length <= 2) program.outputHelp();
    else await program.parseAsync(argv);
    return 0;
  } catch (error) {
    if (stoppedBy !== undefined) return leave();
    progress.clear();
    if (error instanceof CommandLineError) return error.exitCode; // what was wrong is already written
    if (error instanceof UserError) process.stderr.write(`${printable(error.message)}\n`);
    else process.stderr.write(`${printable(error instanceof Error ? String(error.stack) : String(error))}\n`);
    return 1;
  }
}

/** The command to type again; started through npm, that is npm's own. */
function resumeCommand(command: string): string {
  return process.env.npm_lifecycle_event === "start" ? "npm start" : command;
}

function quoteArgument(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

// Comes only where nothing is left that could ever wake this process: something waits for an answer that nobody will give.
process.once("beforeExit", () => {
  process.stderr.write(
    "pocketreply ended in the middle of its work, for no reason that it knows: that is a fault of its own. What is finished is kept; run the same command again.\n",
  );
  process.exit(1);
});
const code = await main(process.argv);
// Native threads (inference, training) may still hold the process: leave when the output is out.
process.stdout.write("", () => process.exit(code));
