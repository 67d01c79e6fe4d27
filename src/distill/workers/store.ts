/**
 * What a run that is shared by several machines keeps in Redis, under `pocketreply:{NAME}:`
 *
 *   run          string   RunNotice as JSON: what a worker must know to take part
 *   coordinator  string   who leads the run; gone some seconds after it is silent
 *   calls        hash     id → SharedCall as JSON, until it is answered
 *   queue        list     ids that nobody works on, in the order they were admitted
 *   leases       zset     id → until when a worker has promised to be at work on it
 *   paid         hash     id → SharedAnswer with status 200, until the coordinator has journalled it
 *   failed       hash     id → SharedAnswer of every other kind, until the coordinator has seen it
 *   workers      zset     name → until when it is taken to be alive
 *   answers      channel  ids that were answered
 *
 * Times are Redis's own, in milliseconds: no machine's clock is trusted. Every key but the sorted sets' members expires
 * when nobody touches it for KEPT_MS. API keys are in none of them: each worker reads its own environment.
 *
 * Each script may run twice for one command (a connection that breaks after it ran and before it answered), with the
 * same result.
 */

/** How long silence is waited out; the same for all machines of a run. */
export interface Timing {
  /** A worker that is silent for so long is taken for dead, and its calls for lost. */
  readonly leaseMs: number;
  /** How often a worker says that it is alive. */
  readonly beatMs: number;
  /** How often the coordinator looks for calls that were lost. */
  readonly sweepMs: number;
  /** A call that is neither waiting nor in hand for so long is put in the queue again. Longer than a worker needs to say what it has in hand. */
  readonly limboMs: number;
}

/** ours: for machines some way apart. */
export const TIMING: Timing = { leaseMs: 10_000, beatMs: 1500, sweepMs: 1000, limboMs: 5000 };

/** ours: answers wait so long for a coordinator that comes back. */
const KEPT_MS = 3 * 24 * 3600_000;
/** ours: a worker that waits for a run to begin looks so often. */
export const LOOK_MS = 250;
/** ours: so long workers can see that a run has ended. */
const ENDED_MS = 3600_000;

/** Changes with the meaning of what is stored. */
export const PROTOCOL = 2;

/** An endpoint as the coordinator names it; where a worker sends to, and with which key, its own command line says. */
export interface SharedEndpoint {
  readonly role: "teacher" | "judge";
  readonly baseUrl: string;
  readonly model: string;
  /** The coordinator has a key for it, so a worker needs one too. */
  readonly needsKey: boolean;
}

/** What a worker must know to take part. */
export interface RunNotice {
  readonly protocol: number;
  /** One for each session of a coordinator. */
  readonly session: string;
  readonly state: "running" | "ended";
  readonly endpoints: readonly SharedEndpoint[];
  /** Calls that one worker may have in hand. */
  readonly capacity: number;
}

/** A request to be sent. */
export interface SharedCall {
  readonly role: SharedEndpoint["role"];
  readonly body: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** What came of it: an answer of whatever status, or what broke. */
export type SharedAnswer =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly text: string;
    }
  | { readonly code: string; readonly message: string };

const keyNames = ["run", "coordinator", "calls", "queue", "leases", "paid", "failed", "workers", "answers"] as const;

/** The keys of a run. The braces keep them on one node of a cluster. */
export type RunKeys = Readonly<Record<(typeof keyNames)[number], string>>;

/** The keys of the run `name`. */
export function runKeys(name: string): RunKeys {
  return Object.fromEntries(keyNames.map((key) => [key, `pocketreply:{${name}}:${key}`])) as RunKeys;
}

const NOW = "local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)";

/** The scripts: which keys each takes, in order, and what it does. They find `leaseMs` of the run's timing as a local of theirs. */
export const scripts = {
  /** (holder) → nothing where the run is now led by `holder`, else who leads it. What was queued by an earlier session is dropped: it was never sent. */
  lead: {
    keys: ["coordinator", "calls", "queue", "failed"],
    lua: `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', leaseMs)
for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do redis.call('HDEL', KEYS[2], id) end
redis.call('DEL', KEYS[3], KEYS[4])
return false`,
  },
  /** (id, call) → the answer where there is one; else the call is in the queue, or somebody is at work on it. */
  ask: {
    keys: ["calls", "queue", "leases", "paid", "failed"],
    lua: `
${NOW}
local answer = redis.call('HGET', KEYS[4], ARGV[1]) or redis.call('HGET', KEYS[5], ARGV[1])
if answer then
  redis.call('HDEL', KEYS[5], ARGV[1])
  return answer
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ${KEPT_MS})
local lease = redis.call('ZSCORE', KEYS[3], ARGV[1])
if lease and tonumber(lease) > now then return false end
redis.call('ZREM', KEYS[3], ARGV[1])
if not redis.call('LPOS', KEYS[2], ARGV[1]) then
  redis.call('RPUSH', KEYS[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ${KEPT_MS})
end
return false`,
  },
  /** (id) → the answer, where there is one. */
  take: {
    keys: ["paid", "failed"],
    lua: `
local answer = redis.call('HGET', KEYS[1], ARGV[1]) or redis.call('HGET', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return answer`,
  },
  /** (id) → the call, now in the caller's hands; nothing where it is not wanted or somebody else has it. */
  claim: {
    keys: ["calls", "leases"],
    lua: `
${NOW}
local lease = redis.call('ZSCORE', KEYS[2], ARGV[1])
if lease and tonumber(lease) > now then return false end
local call = redis.call('HGET', KEYS[1], ARGV[1])
if not call then return false end
redis.call('ZADD', KEYS[2], now + leaseMs, ARGV[1])
redis.call('PEXPIRE', KEYS[2], ${KEPT_MS})
return call`,
  },
  /** (id, answer, "1" where it was paid for): stores it. What was paid for is kept even where nobody asks any more. */
  answer: {
    keys: ["calls", "queue", "leases", "paid", "failed", "answers"],
    lua: `
redis.call('ZREM', KEYS[3], ARGV[1])
local store = KEYS[5]
if ARGV[3] == '1' then store = KEYS[4]
elseif redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return end
redis.call('HSET', store, ARGV[1], ARGV[2])
redis.call('PEXPIRE', store, ${KEPT_MS})
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('PUBLISH', KEYS[6], ARGV[1])`,
  },
  /** (id): gives a call back that was not sent. */
  release: {
    keys: ["calls", "queue", "leases"],
    lua: `
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 and not redis.call('LPOS', KEYS[2], ARGV[1]) then
  redis.call('LPUSH', KEYS[2], ARGV[1])
end`,
  },
  /** (name, ids in hand...) → the run's notice, and "1" where a coordinator is there. */
  beat: {
    keys: ["run", "coordinator", "leases", "workers"],
    lua: `
${NOW}
redis.call('ZADD', KEYS[4], now + leaseMs, ARGV[1])
redis.call('PEXPIRE', KEYS[4], 2 * leaseMs)
for i = 2, #ARGV do redis.call('ZADD', KEYS[3], now + leaseMs, ARGV[i]) end
if #ARGV > 1 then redis.call('PEXPIRE', KEYS[3], ${KEPT_MS}) end
return {redis.call('GET', KEYS[1]), redis.call('EXISTS', KEYS[2])}`,
  },
  /** (holder, notice, ids waited for...) → who leads, the workers alive, and how each call stands. Keeps what belongs to the run alive. */
  sweep: {
    keys: ["run", "coordinator", "queue", "leases", "paid", "failed", "workers", "calls"],
    lua: `
${NOW}
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return {holder, {}, {}} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', leaseMs)
redis.call('SET', KEYS[1], ARGV[2], 'PX', ${KEPT_MS})
for i = 3, #KEYS do redis.call('PEXPIRE', KEYS[i], ${KEPT_MS}) end
redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', now)
local queued = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do queued[id] = true end
local states = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  local lease = redis.call('ZSCORE', KEYS[4], id)
  local state = 'limbo'
  if redis.call('HEXISTS', KEYS[5], id) == 1 or redis.call('HEXISTS', KEYS[6], id) == 1 then state = 'answered'
  elseif queued[id] then state = 'queued'
  elseif lease and tonumber(lease) > now then state = 'leased'
  elseif lease then state = 'lost' end
  states[i - 2] = state
end
return {holder or '', redis.call('ZRANGE', KEYS[7], 0, -1), states}`,
  },
  /** (holder, notice, "1" where the run is done): leaves; a run that is done leaves nothing but the notice of it, for a while. */
  leave: {
    keys: ["run", "coordinator", "calls", "queue", "failed", "leases", "paid", "workers"],
    lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return end
redis.call('DEL', KEYS[2])
for _, id in ipairs(redis.call('LRANGE', KEYS[4], 0, -1)) do redis.call('HDEL', KEYS[3], id) end
redis.call('DEL', KEYS[4], KEYS[5])
if ARGV[3] == '1' then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ${ENDED_MS})
  redis.call('DEL', KEYS[3], KEYS[6], KEYS[7], KEYS[8])
end`,
  },
} as const satisfies Record<string, { keys: readonly (keyof RunKeys)[]; lua: string }>;
