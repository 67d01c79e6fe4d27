/**
 * The coordinator of a run on several machines. Its loop, journal, budgets and pacer are those of a run on one machine; only
 * the requests, each one admitted by the pacer, are sent by the worker that takes them from Redis first. So there is one count of
 * requests, tokens and money for all machines, one pause after a refusal, and one order of the rows, whichever machine did the work.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { BuiltinTeacherOptions } from "../../builtin/index.ts";
import type { Connections, HttpAnswer } from "../../endpoint/index.ts";
import { CARRIER_GONE, digest, systemClock } from "../../endpoint/index.ts";
import { UserError } from "../../errors.ts";
import type { Journal } from "../journal.ts";
import { connectStore, type Store } from "./connection.ts";
import { printable, readAnswer } from "./foreign.ts";
import { nameCall } from "./name.ts";
import { PROTOCOL, type RunNotice, type SharedCall, type SharedEndpoint, type Timing } from "./store.ts";
import { type OwnEndpoint, work } from "./work.ts";

/** How a run is shared. */
export interface CrewOptions {
  /** redis://… */
  readonly url: string;
  /** The name that workers join by. */
  readonly name: string;
  /** Told who comes and goes; no mail text. */
  readonly onNotice: (text: string) => void;
  /** Shorter in tests. */
  readonly timing?: Timing;
}

/** The machines at work on a run, as its coordinator sees them. */
export interface Crew {
  /** Aborts with the error that ends the run. */
  readonly signal: AbortSignal;
  /** The way to an endpoint, over the workers. */
  connect(role: SharedEndpoint["role"]): Connections;
  /** The journal, letting go of each answer in Redis once its row is in the file. */
  watch(journal: Journal): Journal;
  /** Ends the part of this process; `done`: the run is complete, and workers leave. */
  leave(done: boolean): Promise<void>;
}

/** A call that waits for its answer. */
interface Waiting {
  readonly name: string;
  readonly call: SharedCall;
  limboSinceMs: number | null;
  resolve(answer: HttpAnswer): void;
  reject(error: unknown): void;
}

/** Takes the lead of the run `name`, and works on its calls like any worker. Throws UserError where another process leads it. */
export async function openCrew(
  options: CrewOptions & {
    /** A secret that only this run folder holds: a restarted coordinator that shows it takes over at once. */
    identity: string;
    endpoints: readonly OwnEndpoint[];
    capacity: number;
    builtin?: BuiltinTeacherOptions;
  },
): Promise<Crew> {
  const { url, name, onNotice, timing, endpoints, capacity, builtin } = options;
  const holder = `${hostname()} ${digest(`${hostname()}\0${options.identity}`)}`;
  const store = await connectStore({ url, name, onNotice, timing });
  const other = await store.run("lead", holder);
  if (typeof other === "string") {
    store.close();
    throw explainOther(other, name, store.timing);
  }
  const broken = new AbortController();
  const shown = endpoints.map(({ role, baseUrl, model, needsKey }) => ({ role, baseUrl, model, needsKey }));
  const notice: RunNotice = {
    ...{ protocol: PROTOCOL, session: randomUUID(), state: "running", capacity },
    endpoints: shown, // without the name of a variable
  };
  const waiting = new Map<string, Waiting>();
  const taken = new Map<string, string[]>(); // by name of call: ids of answers that no row in the journal holds yet

  function deliver(id: string, text: unknown): void {
    const entry = waiting.get(id);
    if (!entry || typeof text !== "string") return;
    waiting.delete(id);
    const answer = readAnswer(text);
    if (answer === null) {
      void store.redis.hdel(store.keys.paid, id).catch(() => {}); // asked again, it would be found again
      entry.reject(lostWorker());
      return;
    }
    if ("code" in answer) {
      entry.reject(Object.assign(new Error(answer.message), { code: answer.code }));
      return;
    }
    if (answer.status === 200) taken.set(entry.name, [...(taken.get(entry.name) ?? []), id]);
    entry.resolve(answer);
  }

  async function ask(id: string, call: SharedCall): Promise<void> {
    deliver(id, await store.run("ask", id, JSON.stringify(call)));
  }

  async function take(id: string): Promise<void> {
    if (waiting.has(id)) deliver(id, await store.run("take", id));
  }

  function post(role: SharedEndpoint["role"], sent: Parameters<Connections["post"]>[0]): Promise<HttpAnswer> {
    const { body, timeoutMs, maxBytes, signal } = sent;
    const call: SharedCall = { role, body, timeoutMs, maxBytes };
    const name = sent.id ?? "";
    const unused = taken.get(name)?.length ?? 0; // an answer that was of no use is asked for anew under another id
    const id = `${name}/${digest(`${role}\0${body}`)}${unused > 0 ? `~${unused}` : ""}`;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        waiting.delete(id);
        reject(signal?.reason);
      };
      const settled =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          waiting.delete(id);
          signal?.removeEventListener("abort", abort);
          then(value);
        };
      signal?.addEventListener("abort", abort, { once: true });
      const entry = { name, call, limboSinceMs: null, resolve: settled(resolve), reject: settled(reject) };
      waiting.set(id, entry);
      ask(id, call).catch(entry.reject);
    });
  }

  const listener = store.another();
  listener.on("message", (_channel: string, id: string) => void take(id).catch(() => {}));
  await listener.subscribe(store.keys.answers);
  const me = `${hostname()}-${process.pid}`;
  const sweeping = sweep({
    ...{ store, holder, notice, waiting, ask, take, signal: broken.signal },
    fail: (error) => broken.abort(error),
    onWorkers: tellWorkers(me, onNotice),
    name,
  });
  const end = new AbortController();
  const working = work({
    store,
    run: name,
    worker: me,
    endpoints,
    capacity,
    builtin,
    signal: end.signal,
    yieldsOwnFaults: false,
  }) //
    .catch((error) => broken.abort(error));

  return {
    signal: broken.signal,
    connect: (role) => ({ post: (sent) => post(role, sent), close: () => {} }),
    watch: (journal) => ({
      ...journal,
      async append(row) {
        await journal.append(row);
        const name = nameCall(row);
        const ids = taken.get(name);
        if (!ids) return;
        taken.delete(name);
        void store.redis.hdel(store.keys.paid, ...ids).catch(() => {}); // at the latest they expire
      },
    }),
    async leave(done) {
      end.abort(new Error("over"));
      broken.abort(new Error("over"));
      await working;
      const leaving = (async () => {
        await sweeping;
        await store.run("leave", holder, JSON.stringify({ ...notice, state: "ended" }), done ? "1" : "0");
      })();
      await Promise.race([leaving, systemClock.sleep(LONGEST_LEAVING_MS)]); // Redis may be away; what lies there expires
      store.close();
    },
  };
}

const LONGEST_LEAVING_MS = 3000;

function explainOther(holder: string, name: string, { leaseMs }: Timing): UserError {
  return new UserError(
    `Another process leads the run "${name}" already, on ${printable(holder.split(" ")[0])}. To work for it: --join ${name}. If it was killed on another machine, wait ${leaseMs / 1000} seconds and try again. To lead one of your own beside it, take a run folder of another name or another database of that Redis.`,
  );
}

/** Watches over the calls that are waited for: finds answers whose message was missed, calls whose worker is gone, calls that a restarted Redis forgot. */
async function sweep(options: {
  store: Store;
  name: string;
  holder: string;
  notice: RunNotice;
  waiting: ReadonlyMap<string, Waiting>;
  ask: (id: string, call: SharedCall) => Promise<void>;
  take: (id: string) => Promise<void>;
  signal: AbortSignal;
  fail: (error: unknown) => void;
  onWorkers: (names: readonly string[]) => void;
}): Promise<void> {
  const { store, name, holder, notice, waiting, ask, take, signal, fail, onWorkers } = options;
  const { sweepMs, limboMs } = store.timing;
  const now = () => performance.now();
  let sweptMs = now();
  let trustedFromMs = 0;
  while (!signal.aborted) {
    try {
      const ids = [...waiting.keys()];
      const [leader, workers, states] = (await store.run("sweep", holder, JSON.stringify(notice), ...ids)) as [
        string,
        string[],
        string[],
      ];
      if (leader !== "" && leader !== holder) return fail(explainOther(leader, name, store.timing));
      // After a silence the workers' promises are stale and say nothing, until they had time to renew them.
      if (now() - sweptMs > 3 * sweepMs) trustedFromMs = now() + limboMs;
      sweptMs = now();
      onWorkers(workers);
      for (const [i, id] of ids.entries()) {
        const entry = waiting.get(id);
        if (!entry) continue;
        const state = states[i];
        if (state !== "limbo") entry.limboSinceMs = null;
        if (state === "answered") await take(id);
        else if (state === "lost" && now() >= trustedFromMs) entry.reject(lostWorker());
        else if (state === "limbo") {
          entry.limboSinceMs ??= now();
          if (now() - entry.limboSinceMs < limboMs) continue;
          entry.limboSinceMs = null;
          await ask(id, entry.call);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      fail(error);
      return;
    }
    await systemClock.sleep(sweepMs, signal).catch(() => {});
  }
}

/** To the client it is a connection that broke: perhaps billed, and tried again under the limits. */
function lostWorker(): Error {
  return Object.assign(new Error("the worker that had the call is gone"), { code: CARRIER_GONE });
}

function tellWorkers(me: string, onNotice: (text: string) => void): (names: readonly string[]) => void {
  let known = new Set<string>();
  return (names) => {
    const others = new Set(names.filter((name) => name !== me).map(printable));
    for (const name of others) if (!known.has(name)) onNotice(`worker ${name} has joined (${others.size + 1} at work)`);
    for (const name of known) if (!others.has(name)) onNotice(`worker ${name} is gone (${others.size + 1} at work)`);
    known = others;
  };
}
