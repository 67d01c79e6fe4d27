/** The clients of a run: one for the teacher, one for the judge where it is another endpoint, the built-in teacher's server while it is needed. */

import { type BuiltinTeacherOptions, type OpenEndpoint, openEndpoint } from "../builtin/index.ts";
import { type Connections, endpointsOf, type Pacer, type TeacherClient, type Wire } from "../endpoint/index.ts";
import type { CallKind } from "../prompts/index.ts";
import type { Endpoint, Recipe } from "../recipe.ts";

/** What the loop calls, and what holds its calls back. */
export interface Clients {
  readonly clients: Readonly<Record<CallKind, TeacherClient>>;
  /** One for each endpoint, the teacher's first. */
  readonly pacers: readonly Pacer[];
  readonly stop: AbortController;
}

/** The model that answers each kind of call. */
export function modelsOf(recipe: Pick<Recipe, "teacher" | "judge">): Readonly<Record<CallKind, string>> {
  const { teacher, judge } = endpointsOf(recipe);
  return { generate: teacher.model, refine: teacher.model, judge: judge.model };
}

/** What the recipe adds to the requests of each kind of call. */
export function wiresOf(recipe: Pick<Recipe, "teacher" | "judge">): Readonly<Record<CallKind, Wire>> {
  const { teacher, judge } = endpointsOf(recipe);
  return { generate: teacher, refine: teacher, judge };
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
