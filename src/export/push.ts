/**
 * A program of ExecuTorch onto an Android phone, as the paper does it (§ deployment: adb, /data/local/tmp/llama): model and tokenizer,
 * and a smoke run where the runner is there. A file gets its name on the phone when all of it has arrived.
 */
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { UserError } from "../errors.ts";

/** One call of adb, with what it is for. */
export interface PushStep {
  readonly what: string;
  readonly args: readonly string[];
}

/** What to push. */
export interface PushOptions {
  readonly model: string;
  readonly tokenizer: string;
  /** ExecuTorch's llama_main, built for the phone; null: none is pushed. */
  readonly runner: string | null;
  /** The folder on the phone. */
  readonly folder: string;
  /** Which phone, as `adb devices` names it; null: the only one. */
  readonly serial: string | null;
  /** The whole prompt of the smoke run, frame included. */
  readonly prompt: string;
}

/** The paper's folder. */
export const PHONE_FOLDER = "/data/local/tmp/llama";

const RUNNER = "llama_main";
const SMOKE_TOKENS = 40;

/** The calls in their order. The smoke run is the last, and is left out by `pushToPhone` where the phone has no runner. */
export function planPush(options: PushOptions): PushStep[] {
  const { model, tokenizer, runner, folder, serial } = options;
  const device = serial === null ? [] : ["-s", serial];
  const shell = (what: string, line: string): PushStep => ({ what, args: [...device, "shell", line] });
  const send = (what: string, path: string, name: string): PushStep[] => [
    { what, args: [...device, "push", path, `${folder}/${name}.partial`] },
    shell(`${what}: its name`, `mv ${quote(`${folder}/${name}.partial`)} ${quote(`${folder}/${name}`)}`),
  ];
  return [
    shell("the folder", `mkdir -p ${quote(folder)}`),
    ...send("the model", model, basename(model)),
    ...send("the tokenizer", tokenizer, "tokenizer.json"),
    ...(runner === null ? [] : send("the runner", runner, RUNNER)),
    ...(runner === null ? [] : [shell("may be run", `chmod 755 ${quote(`${folder}/${RUNNER}`)}`)]),
    shell("a smoke run", smokeRun(options)),
  ];
}

function smokeRun({ model, folder, prompt }: PushOptions): string {
  const parts = [
    "--model_path",
    quote(basename(model)),
    "--tokenizer_path",
    "tokenizer.json",
    "--prompt",
    quote(prompt),
  ];
  return `cd ${quote(folder)} && ./${RUNNER} ${parts.join(" ")} --max_new_tokens ${SMOKE_TOKENS} --temperature 0 --warmup=1`;
}

/** Text as one word of a POSIX shell. */
export function quote(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** How a push went. */
export interface PushResult {
  readonly steps: readonly PushStep[];
  /** What the model wrote on the phone; null where the phone has no runner. */
  readonly smoke: string | null;
}

/** Runs the plan with `adb`. Throws UserError with what adb said, for no phone, several, or a step that fails; `onStep` is told each. */
export async function pushToPhone(
  options: PushOptions,
  { adb, signal, onStep }: { adb: string; signal?: AbortSignal; onStep?: (what: string) => void },
): Promise<PushResult> {
  const run = (step: PushStep) => runAdb(adb, step, signal);
  await requirePhone(await run({ what: "the phones", args: ["devices"] }), options.serial);
  const plan = planPush(options);
  const smoke = plan.at(-1)!;
  for (const step of plan.slice(0, -1)) {
    onStep?.(step.what);
    await run(step);
  }
  const device = options.serial === null ? [] : ["-s", options.serial];
  const asked = `test -x ${quote(`${options.folder}/${RUNNER}`)} && echo yes || echo no`;
  const answer = await run({ what: "whether the runner is there", args: [...device, "shell", asked] });
  if (answer.trim() !== "yes") return { steps: plan.slice(0, -1), smoke: null };
  onStep?.(smoke.what);
  return { steps: plan, smoke: await run(smoke) };
}

async function requirePhone(listed: string, serial: string | null): Promise<void> {
  const lines = listed.split(/\r?\n/).flatMap((line) => /^(\S+)\t(\w+)/.exec(line)?.slice(1, 3) ?? []);
  const phones = lines.flatMap((name, i) => (i % 2 === 0 ? [{ name, state: lines[i + 1] }] : []));
  const ready = phones.filter(({ state }) => state === "device").map(({ name }) => name);
  if (serial !== null ? ready.includes(serial) : ready.length === 1) return;
  const seen = phones.map(({ name, state }) => `${name} (${state})`).join(", ") || "none";
  const advice =
    ready.length > 1
      ? "Name one with --serial."
      : "Plug the phone in, allow USB debugging in its developer options, and confirm this computer on its screen.";
  throw new UserError(
    `adb sees ${serial === null ? "not exactly one phone" : `no phone ${serial}`} that is ready: ${seen}. ${advice}`,
  );
}

function runAdb(adb: string, { what, args }: PushStep, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(adb, args, { stdio: ["ignore", "pipe", "pipe"], signal });
    let [out, error] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (error += text));
    child.on("error", (cause: NodeJS.ErrnoException) => {
      const missing = `${adb} is not there. Install Android's platform tools (Debian: apt install adb), or name it with --adb.`;
      reject(cause.code === "ENOENT" ? new UserError(missing) : cause);
    });
    child.on("close", (code) => {
      if (code === 0) return resolve(out);
      const said = (error + out).trim().split("\n").slice(-3).join(" ");
      reject(new UserError(`adb failed (${code}) at ${what}: ${said}. Mend it and run the same command again.`));
    });
  });
}
