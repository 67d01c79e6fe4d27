/** The clients of a run: one for the teacher, one for the judge where it is another endpoint, the built-in teacher's server while it is needed. */
import type { Endpoint, Recipe } from "../recipe.ts";
import { type BuiltinTeacher, type BuiltinTeacherOptions, startBuiltinTeacher } from "./builtin/server.ts";
import { createClient, type TeacherClient } from "./client.ts";
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
  const stopNow = () => stop.abort(signal?.reason);
  const pacers: Pacer[] = [];
  const opened: (TeacherClient | BuiltinTeacher)[] = [];

  async function connect(role: "teacher" | "judge", { baseUrl, model, apiKeyEnv }: Endpoint): Promise<TeacherClient> {
    const isBuiltin = baseUrl === "builtin";
    const server = isBuiltin && !options.connect ? await startBuiltinTeacher(builtin) : null;
    if (server) opened.push(server);
    const apiKey = isBuiltin ? null : process.env[apiKeyEnv] || null;
    const { timeoutMs, retries, backoffMs, maxBackoffMs } = recipe.distill;
    const pacer = createPacer(recipe.distill);
    const client = createClient({
      endpoint: { role, baseUrl: server?.baseUrl ?? baseUrl, model, apiKeyEnv, hasKey: apiKey !== null },
      apiKey,
      connections: options.connect?.(role),
      pacer,
      timeoutMs,
      retries,
      backoffMs,
      maxBackoffMs,
      signal,
      stop,
    });
    pacers.push(pacer);
    opened.push(client);
    return client;
  }

  signal?.addEventListener("abort", stopNow, { once: true });
  try {
    const write = await connect("teacher", teacher);
    const clients = { generate: write, refine: write, judge: isSame ? write : await connect("judge", judge) };
    return await use({ clients, pacers, stop });
  } finally {
    signal?.removeEventListener("abort", stopNow);
    for (const each of opened.reverse()) await each.close();
  }
}
