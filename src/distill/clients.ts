/** The clients of a run: one for the teacher, one for the judge where it is another endpoint, the built-in teacher's server while it is needed. */
import type { Endpoint, Recipe } from "../recipe.ts";
import { type BuiltinTeacherOptions, startBuiltinTeacher } from "./builtin/server.ts";
import { type ClientOptions, createClient, type TeacherClient } from "./client.ts";
import type { Connections } from "./exchange.ts";
import { createPacer, type Pacer } from "./pacer.ts";
import type { CallKind } from "./prompts.ts";

/** What the loop calls, and what holds its calls back. */
export interface Clients {
  readonly clients: Readonly<Record<CallKind, TeacherClient>>;
  /** One for each endpoint, the teacher's first. */
  readonly pacers: readonly Pacer[];
  readonly stop: AbortController;
}

/** The two endpoints of a recipe; the judge is the teacher where none is named (§3.1). */
export function endpointsOf({ teacher, judge }: Pick<Recipe, "teacher" | "judge">): {
  teacher: Endpoint;
  judge: Endpoint;
  isSame: boolean;
} {
  const isSame =
    judge === null || (["baseUrl", "model", "apiKeyEnv"] as const).every((key) => judge[key] === teacher[key]);
  return { teacher, judge: judge ?? teacher, isSame };
}

/** The model that answers each kind of call. */
export function modelsOf(recipe: Pick<Recipe, "teacher" | "judge">): Readonly<Record<CallKind, string>> {
  const { teacher, judge } = endpointsOf(recipe);
  return { generate: teacher.model, refine: teacher.model, judge: judge.model };
}

/** Opens the clients, lets `use` work with them and closes them. `signal` cuts what is in flight. `builtin` is how a built-in teacher behaves. */
export async function withClients<T>(
  options: {
    recipe: Recipe;
    signal?: AbortSignal;
    builtin?: BuiltinTeacherOptions;
    /** Another way for the requests than straight to the endpoint, which then need not be reached from here. */
    connect?: (role: "teacher" | "judge") => Connections;
  },
  use: (clients: Clients) => Promise<T>,
): Promise<T> {
  const { recipe, signal, builtin } = options;
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const stop = new AbortController();
  const pacers: Pacer[] = [];
  const opened: OpenEndpoint[] = [];

  async function connect(role: "teacher" | "judge", endpoint: Endpoint): Promise<TeacherClient> {
    const connections = options.connect?.(role);
    const link = await openEndpoint({ role, endpoint, distill: recipe.distill, builtin, connections, signal, stop });
    pacers.push(link.pacer);
    opened.push(link);
    return link.client;
  }

  try {
    const write = await connect("teacher", teacher);
    const clients = { generate: write, refine: write, judge: isSame ? write : await connect("judge", judge) };
    return await use({ clients, pacers, stop });
  } finally {
    for (const each of opened.reverse()) await each.close();
  }
}

/** A client of one endpoint with its pacer. */
export interface OpenEndpoint {
  readonly client: TeacherClient;
  readonly pacer: Pacer;
  /** Aborted by the signal and by an error that ends the run. */
  readonly stop: AbortController;
  close(): Promise<void>;
}

/** Opens an endpoint under a recipe's pacing, its key from the environment; the built-in teacher is started, unless `connections` lead elsewhere. */
export async function openEndpoint(options: {
  role: ClientOptions["endpoint"]["role"];
  endpoint: Pick<Endpoint, "baseUrl" | "model" | "apiKeyEnv">;
  distill: Recipe["distill"];
  builtin?: BuiltinTeacherOptions;
  connections?: Connections;
  signal?: AbortSignal;
  /** One for several endpoints that stop together. */
  stop?: AbortController;
}): Promise<OpenEndpoint> {
  const { role, endpoint, distill, connections, signal, stop = new AbortController() } = options;
  const { baseUrl, model, apiKeyEnv } = endpoint;
  const isBuiltin = baseUrl === "builtin";
  const server = isBuiltin && !connections ? await startBuiltinTeacher(options.builtin) : null;
  const apiKey = isBuiltin ? null : process.env[apiKeyEnv] || null;
  const { timeoutMs, retries, backoffMs, maxBackoffMs } = distill;
  const pacer = createPacer(distill);
  const client = createClient({
    endpoint: { role, baseUrl: server?.baseUrl ?? baseUrl, model, apiKeyEnv, hasKey: apiKey !== null },
    ...{ apiKey, connections, pacer, timeoutMs, retries, backoffMs, maxBackoffMs, signal, stop },
  });
  const stopNow = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", stopNow, { once: true });
  if (signal?.aborted) stopNow();
  return {
    client,
    pacer,
    stop,
    async close() {
      signal?.removeEventListener("abort", stopNow);
      client.close();
      await server?.close();
    },
  };
}
