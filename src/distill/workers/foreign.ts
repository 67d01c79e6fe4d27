/**
 * What lies in Redis may have been written by anybody who can reach it: read against its form before any of it is used or shown. Nothing in it names
 * a file, a variable or an address that this process would take from there.
 */
import { z } from "zod";
import { UserError } from "../../errors.ts";
import { PROTOCOL, type RunNotice, type SharedAnswer, type SharedCall } from "./store.ts";

/** ours: of what a terminal shows, no sign that moves its cursor or hides what stands there. */
const shown = z
  .string()
  .max(2000)
  .regex(/^\P{C}*$/u);
/** ours: more calls in hand than any recipe asks for. */
const MOST_CAPACITY = 10_000;
/** ours: more than the largest answer that is read. */
const MOST_ANSWER_BYTES = 64 << 20;
/** The longest wait of a timer of Node. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

const role = z.enum(["teacher", "judge"]);
const address = shown.refine((text) => text === "builtin" || (/^https?:/.test(text) && URL.canParse(text)));
const whole = z.number().int().positive();

const runNotice = z.object({
  protocol: z.literal(PROTOCOL),
  session: shown,
  state: z.enum(["running", "ended"]),
  endpoints: z
    .array(z.object({ role, baseUrl: address, model: shown, needsKey: z.boolean() }))
    .min(1)
    .refine((endpoints) => new Set(endpoints.map((endpoint) => endpoint.role)).size === endpoints.length),
  capacity: whole.max(MOST_CAPACITY),
}) satisfies z.ZodType<RunNotice>;

const sharedCall = z.object({
  role,
  body: z.string(),
  timeoutMs: whole.max(LONGEST_TIMEOUT_MS),
  maxBytes: whole.max(MOST_ANSWER_BYTES),
}) satisfies z.ZodType<SharedCall>;

const sharedAnswer = z.union([
  z.object({
    status: z.number().int().min(100).max(999),
    headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    text: z.string(),
  }),
  z.object({ code: z.string(), message: z.string() }),
]) satisfies z.ZodType<SharedAnswer>;

/** The notice of the run `name`. Throws UserError where it is none, or of another version of this program. */
export function readNotice(text: string, name: string): RunNotice {
  const json = parseJson(text) as { protocol?: unknown } | null | undefined;
  const notice = runNotice.safeParse(json);
  if (notice.success) return notice.data;
  const protocol = json?.protocol;
  if (typeof protocol === "number" && protocol !== PROTOCOL)
    throw new UserError(
      `The run "${name}" is led by another version of pocketreply (protocol ${protocol}, here ${PROTOCOL}). Use the same version on all machines.`,
    );
  const where = notice.error.issues[0]?.path.join(".");
  throw new UserError(
    `What lies in Redis for the run "${name}" is no notice of one${where ? ` (${printable(where)})` : ""}: another program writes there, or somebody who should not. Give that Redis a password, or take another database of it.`,
  );
}

/** A call to be sent; null where it is none. */
export function readCall(text: string): SharedCall | null {
  return sharedCall.safeParse(parseJson(text)).data ?? null;
}

/** What came of a call; null where it is nothing of the kind. */
export function readAnswer(text: string): SharedAnswer | null {
  return sharedAnswer.safeParse(parseJson(text)).data ?? null;
}

/** A name from Redis as a terminal may show it. */
export function printable(text: string): string {
  return text.slice(0, 100).replace(/\p{C}/gu, "\uFFFD");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
