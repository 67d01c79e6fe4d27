/** Stand-ins for tests of the command line: those of the stages, a session that keeps what is printed, the program in this process or in one of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compiled } from "../../scripts/fixtures/compiled.ts";
import { createProgress } from "../progress.ts";
import { startCommand } from "./index.ts";
import type { Session } from "./session.ts";

export * from "../stages/tiny.fixture.ts";

/** A session for a verb called in this process; what it prints is kept in `printed`. */
export function quietSession(): Session & { printed: string[] } {
  const printed: string[] = [];
  return {
    progress: createProgress({ stream: { write: () => true }, quiet: true }),
    signal: new AbortController().signal,
    command: "test",
    print: (text) => void printed.push(text),
    allowToEnd: () => {},
    printJson: () => {},
    stream: (text) => void printed.push(text),
    printed,
  };
}

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process: the same but for signals, standard input and what only a process has. */
export async function runHere(args: readonly string[]): Promise<Finished> {
  const said = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof said) => ({
    write: (text: string) => {
      said[name] += text;
    },
  });
  const { signal: stop } = new AbortController();
  const { exitCode } = startCommand(args, { stdout: stream("stdout"), stderr: stream("stderr"), stop });
  return { code: await exitCode, signal: null, ...said };
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs the command line in a process of its own, which may be watched and killed. */
export function runCli(
  args: readonly string[],
  options: {
    input?: string;
    cwd?: string;
    fileSizeLimitBlocks?: number;
    onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
    onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Finished> {
  const { input = "", cwd = root, fileSizeLimitBlocks, onStdout, onStderr } = options;
  const node = [process.execPath, compiled("src/cli.ts"), ...args];
  // A shell's `ulimit -f` counts blocks of 512 bytes (POSIX sh): the nearest thing to a full disk that needs no rights.
  const command =
    fileSizeLimitBlocks === undefined
      ? node
      : ["sh", "-c", `ulimit -f ${fileSizeLimitBlocks}; exec "$@"`, "sh", ...node];
  const child = spawn(command[0], command.slice(1), { cwd, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onStdout?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    onStderr?.(stderr, (signal) => child.kill(signal));
  });
  child.stdin.on("error", () => {}); // a command that does not read its input closes it
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}
