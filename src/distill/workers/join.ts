/** A worker of its own: a process that joins a run by its name and needs neither its folder nor its mail. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { systemClock } from "../../endpoint/index.ts";
import { pasteable, UserError } from "../../errors.ts";
import { connectStore, explainReply, type Store } from "./connection.ts";
import type { CrewOptions } from "./crew.ts";
import { readNotice } from "./foreign.ts";
import { LOOK_MS, type RunNotice, type SharedEndpoint } from "./store.ts";
import { type OwnEndpoint, work } from "./work.ts";

/** Where a worker sends, and the variable with its key (null: none is sent), as its own command line says. */
export interface NamedEndpoint {
  readonly baseUrl: string;
  readonly apiKeyEnv: string | null;
}

/** The endpoints that a worker serves; a judge that is not named is the teacher's endpoint. */
export type NamedEndpoints = Partial<Record<SharedEndpoint["role"], NamedEndpoint>>;

/** What a worker did. */
export interface JoinReport {
  readonly run: string;
  readonly worker: string;
  /** Requests that it sent. */
  readonly calls: number;
}

/**
 * Waits for the run, works for it until it is complete and says how much it did. Nothing that stands in Redis chooses an address
 * or a variable: `named` does, and without it only the built-in teacher is served. Throws UserError where Redis is not reached,
 * an endpoint is not named, a key is missing on this machine or is not taken, or the run changes its endpoints; and the signal's
 * reason when it aborts.
 */
export async function joinRun(
  options: CrewOptions & { named?: NamedEndpoints; signal: AbortSignal; onProgress?: (calls: number) => void },
): Promise<JoinReport> {
  const { url, name, signal, onNotice, onProgress, timing } = options;
  const store = await connectStore({ url, name, onNotice, timing });
  try {
    const worker = `${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}`;
    const notice = await awaitRun(store, options);
    if (notice === null) return { run: name, worker, calls: 0 };
    const { capacity } = notice;
    const endpoints = notice.endpoints.map((endpoint) => resolveEndpoint(endpoint, { run: name, ...options.named }));
    checkKeys(endpoints);
    for (const [i, { role, model, baseUrl }] of endpoints.entries()) {
      const theirs = notice.endpoints[i].baseUrl;
      onNotice(`${role}: ${model} at ${baseUrl}${theirs === baseUrl ? "" : ` (the coordinator's: ${theirs})`}`);
    }
    const pinned = JSON.stringify(notice.endpoints);
    let wasLed = true;
    const calls = await work({
      ...{ store, run: name, worker, endpoints, capacity, signal, yieldsOwnFaults: true },
      onBeat(now, isLed, done) {
        onProgress?.(done);
        if (isLed !== wasLed && now?.state !== "ended")
          onNotice(isLed ? "the coordinator is back" : "the coordinator is silent; waiting for it");
        wasLed = isLed;
        if (now === null) return false; // a Redis that was restarted empty: the coordinator will say it again
        if (now.state === "ended") return true;
        // The key of this machine goes only where it was meant to go when the worker was started.
        if (JSON.stringify(now.endpoints) !== pinned)
          throw new UserError(
            `The run "${name}" now uses other endpoints (${now.endpoints.map(({ model, baseUrl }) => `${model} at ${baseUrl}`).join(", ")}). Start the worker again to work for it with them.`,
          );
        return false;
      },
    });
    signal.throwIfAborted();
    return { run: name, worker, calls };
  } finally {
    store.close();
  }
}

/** Waits until the run is under way; null where it came and went meanwhile. */
async function awaitRun(
  store: Store,
  { name, signal, onNotice }: CrewOptions & { signal: AbortSignal },
): Promise<RunNotice | null> {
  let first: string | null = null;
  for (let looks = 0; ; looks++) {
    signal.throwIfAborted();
    const text = await store.redis
      .get(store.keys.run)
      .catch((error) => Promise.reject(explainReply(error, store.place)));
    const notice = text === null ? null : readNotice(text, name);
    if (notice?.state === "running") return notice;
    if (looks === 0) {
      first = text;
      onNotice(`waiting for a run named "${name}" on ${store.place}`);
    } else if (text !== null && text !== first) return null;
    await systemClock.sleep(LOOK_MS, signal);
  }
}

/** The endpoint as this machine was told to reach it. */
function resolveEndpoint(endpoint: SharedEndpoint, named: NamedEndpoints & { run: string }): OwnEndpoint {
  const { role, baseUrl, model, needsKey } = endpoint;
  if (baseUrl === "builtin") return { role, baseUrl, model, needsKey: false, apiKeyEnv: null };
  const own = named[role] ?? named.teacher;
  if (own !== undefined && (own.apiKeyEnv !== null || !needsKey)) return { role, model, needsKey, ...own };
  throw new UserError(
    `The run "${named.run}" asks its ${role} ${model} at ${baseUrl}, and this worker was not told ${own ? "which variable holds the key for it" : "to send there"}. ` +
      `An address and a key are never taken from Redis: if it is right, add ${pasteable(`teacher.baseUrl=${baseUrl}`)}${needsKey ? " teacher.apiKeyEnv=VARIABLE" : ""} (judge.… for a judge of its own) to the command.`,
  );
}

function checkKeys(endpoints: readonly OwnEndpoint[]): void {
  const missing = endpoints.filter(({ needsKey, apiKeyEnv }) => needsKey && !process.env[apiKeyEnv ?? ""]);
  if (missing.length === 0) return;
  const what = missing.map(({ role, baseUrl, apiKeyEnv }) => `${apiKeyEnv} (for the ${role} at ${baseUrl})`).join(", ");
  throw new UserError(
    `A key is missing on this machine: ${what}. Keys never go through Redis; set the variable here and start the worker again.`,
  );
}
