/** Runs the distill loop alone, or as the coordinator of workers on other machines. */
import { resolve } from "node:path";
import type { BuiltinTeacherOptions } from "../../builtin/index.ts";
import type { Connections } from "../../endpoint/index.ts";
import { endpointsOf, isOnThisMachine } from "../../endpoint/index.ts";
import type { Recipe } from "../../recipe.ts";
import type { Journal } from "../journal.ts";
import { type CrewOptions, openCrew } from "./crew.ts";
import type { SharedEndpoint } from "./store.ts";
import type { OwnEndpoint } from "./work.ts";

/** What the loop works with: its own things, or those that lead over the workers. */
export interface Share {
  readonly journal: Journal;
  readonly signal?: AbortSignal;
  readonly connect?: (role: SharedEndpoint["role"]) => Connections;
}

/** Lets `use` work alone, or, with `workers`, as coordinator of a crew; workers leave when `use` returns, and wait for a next session where it throws. */
export async function withCrew<T>(
  options: {
    workers: CrewOptions | undefined;
    recipe: Recipe;
    builtin?: BuiltinTeacherOptions;
    journal: Journal;
    signal?: AbortSignal;
  },
  use: (share: Share) => Promise<T>,
): Promise<T> {
  const { workers, recipe, builtin, journal, signal } = options;
  if (!workers) return use({ journal, signal });
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const endpoints = [describe("teacher", teacher), ...(isSame ? [] : [describe("judge", judge)])];
  const capacity = recipe.distill.concurrency;
  const crew = await openCrew({ ...workers, identity: resolve(journal.path), endpoints, capacity, builtin });
  let done = false;
  try {
    const result = await use({
      journal: crew.watch(journal),
      signal: signal ? AbortSignal.any([signal, crew.signal]) : crew.signal,
      connect: crew.connect,
    });
    done = true;
    return result;
  } finally {
    await crew.leave(done);
  }
}

/** The recipe of a run whose mail goes through Redis: on another machine, "auto" means that it is redacted. */
export function redactForWorkers(recipe: Recipe, workers: CrewOptions | undefined): Recipe {
  if (!workers || recipe.distill.redact !== "auto" || isOnThisMachine(workers.url)) return recipe;
  return { ...recipe, distill: { ...recipe.distill, redact: "on" } };
}

function describe(role: SharedEndpoint["role"], endpoint: Recipe["teacher"]): OwnEndpoint {
  const { baseUrl, model, apiKeyEnv, headers } = endpoint;
  return {
    role,
    baseUrl,
    model,
    apiKeyEnv,
    headers,
    needsKey: baseUrl !== "builtin" && Boolean(process.env[apiKeyEnv]),
  };
}
