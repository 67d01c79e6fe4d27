/** Connections to Redis: the first must come up at once or says why not; later ones come back by themselves. */
import type { Redis } from "ioredis";
import { UserError } from "../../errors.ts";
import { type RunKeys, runKeys, scripts, TIMING, type Timing } from "./store.ts";

/** The commands of a run, on one connection. */
export interface Store {
  readonly redis: Redis;
  readonly keys: RunKeys;
  readonly timing: Timing;
  /** Runs a script on the run's keys. */
  run(script: keyof typeof scripts, ...args: readonly string[]): Promise<unknown>;
  /** Another connection, for commands that wait. */
  another(): Redis;
  /** Where it leads to, without user and password. */
  readonly place: string;
  close(): void;
}

/** Read where the address has no password: one on the command line is seen by everybody on the machine. */
const PASSWORD_ENV = "REDIS_PASSWORD";

/** LPOS, which the scripts need, came with 6.0.6. */
const OLDEST_VERSION = [6, 0, 6];
const CONNECT_TIMEOUT_MS = 10_000;
const LONGEST_RETRY_MS = 2000;

/** Connects. Throws UserError where the address is none, nobody answers there, or it wants another password. */
export async function connectStore(options: {
  url: string;
  name: string;
  /** Told when the connection breaks and when it is back. */
  onNotice: (text: string) => void;
  timing?: Timing;
}): Promise<Store> {
  const { url, name, onNotice, timing = TIMING } = options;
  const { hostname, port, pathname, password } = readAddress(url);
  const place = `${hostname}:${port || "6379"}${pathname === "/" ? "" : pathname}`;
  const fromEnv = password === "" ? process.env[PASSWORD_ENV] : undefined;
  let connected = false;
  let lastError: Error | null = null;
  const { Redis: Connection } = await import("ioredis"); // large, and wanted by few runs
  const redis = new Connection(url, {
    ...(fromEnv ? { password: fromEnv } : {}),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: null, // commands wait until Redis is back
    retryStrategy: (times) => (connected ? Math.min(LONGEST_RETRY_MS, 50 * 2 ** Math.min(times, 6)) : null),
  });
  redis.on("error", (error: Error) => {
    lastError = error;
  });
  try {
    await redis.connect();
    await redis.select(Number(pathname.slice(1) || "0")); // ioredis passes over a number that is not there
    const version = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1];
    if (version !== undefined && isOlder(version.split(".").map(Number), OLDEST_VERSION)) {
      throw new UserError(
        `Redis at ${place} is version ${version}; --workers needs ${OLDEST_VERSION.join(".")} or newer. Name another one, or bring this one up to date.`,
      );
    }
  } catch (error) {
    redis.disconnect();
    throw error instanceof UserError ? error : explainConnection(lastError ?? (error as Error), place);
  }
  connected = true;
  for (const [command, { keys, lua }] of Object.entries(scripts))
    redis.defineCommand(command, { numberOfKeys: keys.length, lua: `local leaseMs = ${timing.leaseMs}${lua}` });
  let isAway = false;
  let closed = false;
  redis.on("close", () => {
    if (!isAway && !closed) onNotice(`Redis at ${place} is gone; waiting until it is back`);
    isAway = true;
  });
  redis.on("ready", () => {
    if (isAway) onNotice(`Redis at ${place} is back`);
    isAway = false;
  });
  const keys = runKeys(name);
  const open: Redis[] = [redis];
  return {
    redis,
    keys,
    timing,
    place,
    run: (script, ...args) => {
      const command = (redis as unknown as Record<string, (...args: string[]) => Promise<unknown>>)[script];
      return command
        .call(redis, ...scripts[script].keys.map((key) => keys[key]), ...args)
        .catch((error) => Promise.reject(explainReply(error, place)));
    },
    another() {
      const other = redis.duplicate({ lazyConnect: false });
      other.on("error", () => {}); // the first connection tells of it
      open.push(other);
      return other;
    },
    close() {
      closed = true;
      for (const each of open) each.disconnect();
    },
  };
}

/** What Redis says against a command of ours, told without a stack: something else stands under the keys of the run. */
export function explainReply(error: unknown, place: string): unknown {
  if (!(error instanceof Error && error.name === "ReplyError")) return error;
  return new UserError(
    `Redis at ${place} refuses a command of this run (${error.message}). If another program uses its keys, take another database of it.`,
  );
}

function readAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address && ["redis:", "rediss:"].includes(address.protocol) && /^(\/\d*)?$/.test(address.pathname))
    return address;
  const shown = url.replace(/\/\/[^@/]*@/, "//…@");
  throw new UserError(
    `--workers is "${shown}", which is no address of a Redis. Give one such as redis://localhost:6379/0, or rediss://… for TLS.`,
  );
}

function isOlder(version: readonly number[], than: readonly number[]): boolean {
  const i = than.findIndex((part, at) => (version[at] ?? 0) !== part);
  return i >= 0 && (version[i] ?? 0) < than[i];
}

function explainConnection(error: Error & { code?: string }, place: string): UserError {
  const said = error.message || error.code || "connection failed";
  if (/NOAUTH|WRONGPASS|invalid password|NOPERM|without any password/i.test(said)) {
    return new UserError(
      `Redis at ${place} does not let us in (${said}). Give its password in the variable ${PASSWORD_ENV}, or user and password in the address: redis://USER:PASSWORD@HOST:PORT/DB.`,
    );
  }
  if (/DB index|SELECT/i.test(said)) {
    return new UserError(
      `Redis at ${place} has no such database (${said}). Choose another number behind the last slash.`,
    );
  }
  return new UserError(
    `Redis at ${place} cannot be reached (${said}). Check the address of --workers and that Redis runs there: redis-cli -u redis://HOST:PORT ping.`,
  );
}
