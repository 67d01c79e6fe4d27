/**
 * One part of bench/distill.ts in a process of its own: `server` is the built-in teacher, `client` our client and pacer on a file
 * of requests, `run` the whole loop on a run folder. Takes its orders as JSON; prints its result as JSON.
 */
import { readFileSync } from "node:fs";
import { BUILTIN_MODEL, type BuiltinTeacherOptions, startBuiltinTeacher } from "../../src/builtin/index.ts";
import { distillEmails } from "../../src/distill/index.ts";
import { createClient, createPacer, createSemaphore, type TeacherRequest } from "../../src/endpoint/index.ts";
import { UserError } from "../../src/errors.ts";
import { defaultRecipe, type Recipe } from "../../src/recipe.ts";
import { runPaths } from "../../src/run.ts";

/** How the server of a case behaves. */
export interface ServerOrder extends Omit<BuiltinTeacherOptions, "answer" | "onAnswer"> {
  /** The same short answer to every request: the client is measured, not the rules. */
  readonly constant?: boolean;
  /** After so many requests, other limits. */
  readonly then?: { readonly after: number } & Pick<BuiltinTeacherOptions, "requestLimit" | "tokenLimit">;
}

/** What the server counted. */
export interface ServerCounts {
  readonly total: number;
  readonly mostInFlight: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

/** What a client or a run did. */
export interface ChildResult {
  readonly ok: number;
  readonly failed: number;
  readonly seconds: number;
  /** Processor time of this process, user and system. */
  readonly cpuSeconds: number;
  readonly tokens: number;
  readonly retries: number;
  /** The largest resident memory so far. */
  readonly mostMemoryMb: number;
  readonly stopped: string | null;
}

const [mode, order] = process.argv.slice(2);
switch (mode) {
  case "server":
    await serve(JSON.parse(order) as ServerOrder);
    break;
  case "client":
    report(await askAll(JSON.parse(order)));
    break;
  case "run":
    report(await distillFolder(JSON.parse(order)));
    break;
  default:
    throw new Error(`no such mode: ${mode}`);
}

function report(result: ChildResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Serves until its parent goes; prints the address, then the counts for each line on stdin. */
async function serve({ constant, then, ...options }: ServerOrder): Promise<void> {
  const response = "Thank you for your message. I will look into it and come back to you by Friday.";
  const teacher = await startBuiltinTeacher({
    ...options,
    ...(constant ? { answer: () => ({ response }) } : {}),
    onAnswer: () => {
      if (then && teacher.requests.total === then.after) teacher.limit(then);
    },
  });
  process.stdout.write(`${JSON.stringify({ baseUrl: teacher.baseUrl })}\n`);
  process.stdin.on("data", () => process.stdout.write(`${JSON.stringify(teacher.requests)}\n`));
  process.stdin.on("end", () => process.exit());
}

/** Sends every request of a file through our client. */
async function askAll(order: { baseUrl: string; requests: string; concurrency: number }): Promise<ChildResult> {
  const { baseUrl, requests, concurrency } = order;
  const bodies = readFileSync(requests, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => toRequest(JSON.parse(line)));
  const { timeoutMs, retries, backoffMs, maxBackoffMs } = defaultRecipe().distill;
  const stop = new AbortController();
  const client = createClient({
    endpoint: { role: "teacher", baseUrl, model: BUILTIN_MODEL, apiKeyEnv: "NONE", hasKey: false },
    apiKey: null,
    pacer: createPacer({ concurrency, backoffMs, maxBackoffMs }),
    timeoutMs,
    retries,
    backoffMs,
    maxBackoffMs,
    stop,
  });
  const open = createSemaphore(concurrency * defaultRecipe().distill.openPerRequest);
  let [ok, failed, tokens, tried] = [0, 0, 0, 0];
  const measured = startMeasuring();
  async function ask(request: TeacherRequest): Promise<void> {
    const leave = await open.acquire();
    try {
      const { usage, retries: failedTries } = await client.complete(request);
      ok++;
      tried += failedTries;
      tokens += usage!.promptTokens + usage!.completionTokens;
    } catch (error) {
      failed++;
      if (!(error instanceof UserError)) throw error;
    } finally {
      leave();
    }
  }
  await Promise.all(bodies.map(ask));
  const times = measured();
  client.close();
  const reason = stop.signal.aborted ? (stop.signal.reason as Error).message : null;
  return { ok, failed, ...times, tokens, retries: tried, mostMemoryMb: mostMemoryMb(), stopped: reason };
}

interface Body {
  readonly messages: TeacherRequest["messages"];
  readonly temperature: number;
  readonly max_tokens: number;
  readonly seed: number;
  readonly response_format: { readonly json_schema: NonNullable<TeacherRequest["schema"]> };
}

function toRequest({ messages, temperature, max_tokens: maxTokens, seed, response_format }: Body): TeacherRequest {
  return { messages, schema: response_format.json_schema, temperature, maxTokens, seed };
}

/** Distils a folder that has its emails.jsonl. */
async function distillFolder(order: { folder: string; baseUrl: string; distill: Partial<Recipe["distill"]> }) {
  const { folder, baseUrl, distill } = order;
  const defaults = defaultRecipe();
  const teacher = { ...defaults.teacher, baseUrl };
  const recipe: Recipe = { ...defaults, teacher, distill: { ...defaults.distill, ...distill } };
  const paths = runPaths(folder);
  const measured = startMeasuring();
  const result = await distillEmails({
    emails: paths.emails,
    paths: { ...paths, report: paths.distillReport },
    recipe,
  });
  return {
    ok: result.accepted,
    failed: result.rejected,
    ...measured(),
    tokens: result.promptTokens + result.completionTokens,
    retries: result.retries,
    mostMemoryMb: mostMemoryMb(),
    stopped: null,
  };
}

function startMeasuring(): () => { seconds: number; cpuSeconds: number } {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(startCpu);
    return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

function mostMemoryMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}
