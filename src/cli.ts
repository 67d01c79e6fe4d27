#!/usr/bin/env node
/** The program: a command line on this process's streams, stopped by its signals. The verbs are in commands/. */
import { startCommand } from "./commands/index.ts";

const stop = new AbortController();
const command = startCommand(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
});

const onSignal = (signal: "SIGINT" | "SIGTERM") => {
  if (stop.signal.aborted) process.exit(command.leave());
  stop.abort(signal);
  // A stage that cannot stop half-way has files that resume, so leaving in the middle of it is safe.
  setTimeout(() => process.exit(command.leave()), command.endsWithinMs()).unref();
};
process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // the reader (head, less) has seen enough
  throw error;
});
// Comes only where nothing is left that could ever wake this process: something waits for an answer that nobody will give.
process.once("beforeExit", () => {
  process.stderr.write(
    "pocketreply ended in the middle of its work, for no reason that it knows: that is a fault of its own. What is finished is kept; run the same command again.\n",
  );
  process.exit(1);
});
const code = await command.exitCode;
// Native threads (inference, training) may still hold the process: leave when the output is out.
process.stdout.write("", () => process.exit(code));
