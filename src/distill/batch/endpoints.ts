/** The batch APIs of a run: the teacher's, and the judge's where it is another endpoint; the built-in teacher's server while it is needed. */

import { type BuiltinTeacherOptions, startBuiltinTeacher } from "../../builtin/index.ts";
import type { Price } from "../../endpoint/index.ts";
import { endpointsOf, readApiKey } from "../../endpoint/index.ts";
import type { CallKind } from "../../prompts/index.ts";
import type { Endpoint, Recipe } from "../../recipe.ts";
import { type BatchApi, openBatchApi } from "./api.ts";
import type { BatchRole } from "./store.ts";

/** What the waves are sent to. */
export interface BatchEndpoints {
  readonly apis: Readonly<Partial<Record<BatchRole, BatchApi>>> & { readonly teacher: BatchApi };
  readonly roleOf: (kind: CallKind) => BatchRole;
  readonly stop: AbortController;
}

/** Opens the APIs, lets `use` work with them and closes them. `signal` cuts what is under way; the batches themselves go on. */
export async function withBatchApis<T>(
  options: { recipe: Recipe; signal?: AbortSignal; builtin?: BuiltinTeacherOptions },
  use: (endpoints: BatchEndpoints) => Promise<T>,
): Promise<T> {
  const { recipe, signal, builtin } = options;
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const stop = new AbortController();
  const stopNow = () => stop.abort(signal?.reason);
  const opened: { close(): unknown }[] = [];

  async function connect(role: BatchRole, { baseUrl, model, apiKeyEnv, headers }: Endpoint): Promise<BatchApi> {
    const server = baseUrl === "builtin" ? await startBuiltinTeacher(builtin) : null;
    if (server) opened.push(server);
    const apiKey = server ? null : readApiKey(apiKeyEnv);
    const { timeoutMs, retries, backoffMs, maxBackoffMs } = recipe.distill;
    const endpoint = { role, baseUrl: server?.baseUrl ?? baseUrl, model, apiKeyEnv, hasKey: apiKey !== null };
    const api = openBatchApi({
      endpoint,
      apiKey,
      extraHeaders: headers,
      timeoutMs,
      retries,
      backoffMs,
      maxBackoffMs,
      signal,
    });
    opened.push(api);
    return api;
  }

  signal?.addEventListener("abort", stopNow, { once: true });
  try {
    const write = await connect("teacher", teacher);
    const apis = isSame ? { teacher: write } : { teacher: write, judge: await connect("judge", judge) };
    const roleOf = (kind: CallKind): BatchRole => (kind === "judge" && !isSame ? "judge" : "teacher");
    return await use({ apis, roleOf, stop });
  } finally {
    signal?.removeEventListener("abort", stopNow);
    for (const each of opened.reverse()) await each.close();
  }
}

/** A price as the batch API asks it: the provider's known share, else the recipe's. */
export function batchPrice(price: Price | null, recipeShare: number): Price | null {
  if (!price) return null;
  const share = price.batchShare ?? recipeShare;
  const { input, cachedInput, output, source } = price;
  return {
    ...price,
    input: input * share,
    cachedInput: cachedInput * share,
    output: output * share,
    source: `${source}, times ${share} for the batch API`,
  };
}
