/** An endpoint opened for calls: a real one, or the built-in teacher started here for as long as it is needed. */

import {
  type ClientOptions,
  type Connections,
  createClient,
  createPacer,
  type Pacer,
  PLAIN_WIRE,
  readApiKey,
  type TeacherClient,
  type Wire,
} from "../endpoint/index.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import { type BuiltinTeacherOptions, startBuiltinTeacher } from "./server.ts";

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
  endpoint: Pick<Endpoint, "baseUrl" | "model" | "apiKeyEnv"> & Partial<Wire>;
  distill: Recipe["distill"];
  builtin?: BuiltinTeacherOptions;
  connections?: Connections;
  signal?: AbortSignal;
  /** One for several endpoints that stop together. */
  stop?: AbortController;
}): Promise<OpenEndpoint> {
  const { role, endpoint, distill, connections, signal, stop = new AbortController() } = options;
  const { baseUrl, model, apiKeyEnv } = endpoint;
  const wire = { ...PLAIN_WIRE, ...endpoint };
  const isBuiltin = baseUrl === "builtin";
  const server = isBuiltin && !connections ? await startBuiltinTeacher(options.builtin) : null;
  const apiKey = isBuiltin ? null : readApiKey(apiKeyEnv);
  const { timeoutMs, retries, backoffMs, maxBackoffMs } = distill;
  const pacer = createPacer(distill);
  const client = createClient({
    endpoint: { role, baseUrl: server?.baseUrl ?? baseUrl, model, apiKeyEnv, hasKey: apiKey !== null },
    ...{ apiKey, wire, connections, pacer, timeoutMs, retries, backoffMs, maxBackoffMs, signal, stop },
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
