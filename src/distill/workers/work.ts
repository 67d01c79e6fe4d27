/**
 * A worker: takes calls from the queue, sends each once to its endpoint with its own key, and brings back what came of it.
 * How fast calls may go, whether one is tried again and what an answer is worth the coordinator alone decides; a worker
 * that ends looks like a connection that breaks.
 */
import { setMaxListeners } from "node:events";
import { type BuiltinTeacher, type BuiltinTeacherOptions, startBuiltinTeacher } from "../../builtin/index.ts";
import {
  type Connections,
  completionsUrl,
  createSemaphore,
  openConnections,
  readApiKey,
  requestHeaders,
  systemClock,
} from "../../endpoint/index.ts";
import { UserError } from "../../errors.ts";
import { explainReply, type Store } from "./connection.ts";
import { readCall, readNotice } from "./foreign.ts";
import type { RunNotice, SharedAnswer, SharedCall, SharedEndpoint } from "./store.ts";

/** ours: who must stop gives the calls in hand so long to come back. */
const GRACE_MS = 2000;
/** So often a waiting worker looks whether it should stop. */
const LONGEST_WAIT_S = 2;

/** Sends calls until `signal` aborts or `onBeat` says that it is over; returns how many it sent. */
export async function work(options: {
  store: Store;
  /** The name of the run, for messages. */
  run: string;
  /** The worker's name, one of its own. */
  worker: string;
  endpoints: readonly OwnEndpoint[];
  capacity: number;
  signal: AbortSignal;
  /** Whether a call that fails for a reason of this machine alone (its key, its network) goes back to the others, and the worker leaves with a UserError. */
  yieldsOwnFaults: boolean;
  builtin?: BuiltinTeacherOptions;
  /** Sees the run's notice every moment; null where there is none. True: stop. May throw, which ends the worker. */
  onBeat?: (notice: RunNotice | null, isLed: boolean, calls: number) => boolean;
}): Promise<number> {
  const { store, run, worker, endpoints, capacity, signal, yieldsOwnFaults, builtin, onBeat } = options;
  const stop = new AbortController();
  const cut = new AbortController();
  const inHand = new Set<string>();
  const running = new Set<Promise<void>>();
  setMaxListeners(0, cut.signal); // one listener a request in hand is no leak
  let calls = 0;
  let failure: unknown = null;
  const fail = (error: unknown) => {
    failure ??= explainReply(error, store.place);
    stop.abort(error);
  };
  const stopNow = () => stop.abort(signal.reason);
  if (signal.aborted) stopNow();
  signal.addEventListener("abort", stopNow, { once: true });

  const lines = await openLines(endpoints, builtin);
  const waiting = store.another();
  stop.signal.addEventListener("abort", () => waiting.disconnect(), { once: true });

  async function handle(id: string): Promise<void> {
    const text = await store.run("claim", id);
    if (typeof text !== "string") return; // answered meanwhile, or in other hands
    inHand.add(id);
    try {
      const call = readCall(text);
      const line = call === null ? undefined : lines.get(call.role);
      if (call === null || line === undefined) {
        await store.run("answer", id, JSON.stringify(NO_CALL), "0"); // whoever asked hears of it, and asks again
        return;
      }
      calls++;
      const answer = await send(line, call, cut.signal);
      const fault = yieldsOwnFaults && !line.worked ? explainOwnFault(answer, line.endpoint) : null;
      if (fault) {
        calls--;
        await store.run("release", id);
        fail(fault);
        return;
      }
      if ("status" in answer && answer.status === 200) line.worked = true;
      await store.run("answer", id, JSON.stringify(answer), "status" in answer && answer.status === 200 ? "1" : "0");
    } finally {
      inHand.delete(id);
    }
  }

  async function beat(): Promise<void> {
    while (!(stop.signal.aborted && running.size === 0)) {
      const [notice, isLed] = (await store.run("beat", worker, ...inHand)) as [string | null, number];
      if (onBeat?.(notice === null ? null : readNotice(notice, run), isLed === 1, calls)) stop.abort();
      await systemClock.sleep(store.timing.beatMs, stop.signal.aborted ? undefined : stop.signal).catch(() => {});
    }
    await store.redis.zrem(store.keys.workers, worker);
  }

  async function takeCalls(): Promise<void> {
    const places = createSemaphore(capacity);
    while (!stop.signal.aborted) {
      const leave = await places.acquire(stop.signal);
      const popped = await waiting.blpop(store.keys.queue, LONGEST_WAIT_S);
      if (popped === null) {
        leave();
        continue;
      }
      const done = handle(popped[1])
        .catch((error) => void (cut.signal.aborted || fail(error)))
        .finally(() => {
          running.delete(done);
          leave();
        });
      running.add(done);
    }
  }

  const beating = beat().catch(fail);
  try {
    await takeCalls().catch((error) => void (stop.signal.aborted || fail(error)));
    const timer = setTimeout(() => cut.abort(new Error("stopped")), GRACE_MS);
    await Promise.all(running);
    clearTimeout(timer);
    if (failure) throw failure;
    return calls;
  } finally {
    signal.removeEventListener("abort", stopNow);
    stop.abort();
    for (const { close } of lines.values()) await close();
    await Promise.race([beating, systemClock.sleep(GRACE_MS)]); // Redis may be away
    waiting.disconnect();
  }
}

/** What becomes of something in the queue that is no call. */
const NO_CALL: SharedAnswer = { code: "NO_CALL", message: "what lay in Redis is no call of this run" };

/** An endpoint as this process reaches it. */
export interface OwnEndpoint extends SharedEndpoint {
  /** The variable of this machine that holds the key, or null where none is sent. */
  readonly apiKeyEnv: string | null;
  /** Headers that this process adds; they never go through Redis. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The way to one endpoint. */
interface Line {
  readonly endpoint: OwnEndpoint;
  readonly connections: Connections;
  readonly headers: Readonly<Record<string, string>>;
  /** The key and the values of headers of its own: none may come back in an answer, where some server shows what it was sent. */
  readonly secrets: readonly string[];
  /** An answer came. */
  worked: boolean;
  readonly close: () => Promise<void>;
}

async function openLines(
  endpoints: readonly OwnEndpoint[],
  builtin: BuiltinTeacherOptions | undefined,
): Promise<Map<SharedEndpoint["role"], Line>> {
  const lines = new Map<SharedEndpoint["role"], Line>();
  for (const endpoint of endpoints) {
    const { role, baseUrl, apiKeyEnv, needsKey } = endpoint;
    const server: BuiltinTeacher | null = baseUrl === "builtin" ? await startBuiltinTeacher(builtin) : null;
    const connections = openConnections(completionsUrl({ role, baseUrl: server?.baseUrl ?? baseUrl }));
    const apiKey = needsKey && apiKeyEnv !== null ? readApiKey(apiKeyEnv) : null;
    const headers = requestHeaders(baseUrl, apiKey, endpoint.headers);
    const close = async () => {
      connections.close();
      await server?.close();
    };
    const secrets = [...(apiKey === null ? [] : [apiKey]), ...Object.values(endpoint.headers ?? {})];
    lines.set(role, { endpoint, connections, headers, secrets, worked: false, close });
  }
  return lines;
}

async function send(
  { connections, headers, secrets }: Line,
  call: SharedCall,
  signal: AbortSignal,
): Promise<SharedAnswer> {
  const { body, timeoutMs, maxBytes } = call;
  try {
    const answer = await connections.post({ body, headers, timeoutMs, maxBytes, signal });
    return hideSecrets({ status: answer.status, headers: answer.headers, text: answer.text }, secrets);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message, errors } = error as { code?: unknown; message?: string; errors?: readonly Error[] };
    const said = message || errors?.[0]?.message || "connection failed";
    return hideSecrets({ code: typeof code === "string" ? code : "", message: said }, secrets);
  }
}

/** ours: a shorter value is no secret, and stands in any text. */
const SHORTEST_SECRET = 8;

function hideSecrets(answer: SharedAnswer, secrets: readonly string[]): SharedAnswer {
  const hide = (text: string) =>
    secrets.reduce((left, secret) => (secret.length < SHORTEST_SECRET ? left : left.replaceAll(secret, "…")), text);
  if ("code" in answer) return { ...answer, message: hide(answer.message) };
  const headers = Object.entries(answer.headers).map(([name, value]) => {
    return [name, typeof value === "string" ? hide(value) : value?.map(hide)] as const;
  });
  return { ...answer, headers: Object.fromEntries(headers), text: hide(answer.text) };
}

/** A key that is not taken or an address that is not reached, before anything worked: that is this machine's, and need not stop the run. */
function explainOwnFault(answer: SharedAnswer, { role, baseUrl, apiKeyEnv }: OwnEndpoint): UserError | null {
  if ("status" in answer) {
    if (answer.status !== 401 && answer.status !== 403) return null;
    return new UserError(
      `The ${role} at ${baseUrl} refuses this machine's key (${answer.status}). Set ${apiKeyEnv ?? "a variable, named by teacher.apiKeyEnv or judge.apiKeyEnv,"} here to one that it takes; the run goes on without this worker.`,
    );
  }
  if (!["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"].includes(answer.code)) return null;
  return new UserError(
    `The ${role} at ${baseUrl} cannot be reached from this machine (${answer.code}: ${answer.message}). Check that its address means the same here; the run goes on without this worker.`,
  );
}
