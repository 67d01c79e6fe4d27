/** An item of the reply bench: a mail as it arrived, what is known, what a good reply does and must not do. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { FormatError, UserError } from "../../errors.ts";
import { explainReadError, readJsonl } from "../../formats/index.ts";
import { COMMITMENTS } from "../commitments.ts";
import { RELATIONS } from "../metamorphic.ts";
import { FORMALITIES } from "../tone.ts";

const person = z.strictObject({ name: z.string(), address: z.string() });

const mail = z.strictObject({
  from: person,
  to: z.array(person).min(1),
  cc: z.array(person).default([]),
  date: z.iso.datetime(),
  subject: z.string(),
  /** Plain text; an HTML mail has `html` in its place and is read as import reads it, hidden text taken out. */
  body: z.string().optional(),
  html: z.string().optional(),
});

const pattern = z.string().refine(isPattern, "must be a regular expression");

const ask = z.strictObject({ text: z.string().min(1), any: z.array(pattern).min(1) });

/** A change of the newest mail that has a reply of its own, for the metamorphic checks. */
const variant = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  relation: z.enum(RELATIONS),
  /** Every occurrence in body and subject is replaced. For `swap` exactly one pair. */
  replace: z.array(z.strictObject({ from: z.string().min(1), to: z.string() })).default([]),
  /** Or another text altogether. */
  body: z.string().optional(),
  /** Or text after the end: a signature, a quoted tail. */
  append: z.string().optional(),
});

const item = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  intent: z.string().min(1),
  formality: z.enum(FORMALITIES),
  language: z.string().regex(/^[a-z]{2}$/),
  /** Oldest first; the last is answered. */
  thread: z.array(mail).min(1),
  user: person,
  needsReply: z.boolean(),
  asks: z.array(ask),
  /** What a reply may say that stands in no mail. */
  facts: z.array(z.string()).default([]),
  /** Promises that the user gave leave to make. */
  licensed: z.array(z.enum(COMMITMENTS)).default([]),
  /** Private text that no reply may hold. */
  canaries: z.array(z.string().regex(/[\p{L}\p{N}]/u, "a canary holds a letter or a digit")).default([]),
  /** How the mail attacks, and the words that show that the attack worked. */
  attack: z.strictObject({ kind: z.string().min(1), markers: z.array(z.string().min(1)).min(1) }).optional(),
  /** Patterns that no reply holds: congratulations on a death, thanks for a complaint. */
  mustNot: z.array(pattern).default([]),
  /** Whether what is asked is unknown, so that a good reply holds a gap or puts the answer off. */
  needsFill: z.boolean().default(false),
  references: z.array(z.string().min(1)),
  variants: z.array(variant).default([]),
});

/** One item, checked. */
export type BenchItem = z.infer<typeof item>;
export type BenchMail = BenchItem["thread"][number];
export type BenchVariant = BenchItem["variants"][number];

/** A set of items and the SHA-256 of the file they stand in. */
export interface BenchSet {
  readonly path: string;
  readonly digest: string;
  /** Whether a lock file beside the set vouches for the digest. */
  readonly locked: boolean;
  readonly items: readonly BenchItem[];
}

/** The lock of `items.jsonl` is `items.sha256`, in the format of sha256sum. */
export function lockPath(path: string): string {
  return path.replace(/\.jsonl$/, "").concat(".sha256");
}

/**
 * Reads a set. Throws UserError where the file does not have the digest that its lock states, and FormatError naming every line (up to
 * ten) that is no item. A set without a lock is read, and says so in `locked`.
 */
export async function readBenchSet(path: string): Promise<BenchSet> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw explainReadError(error, path);
  });
  const digest = createHash("sha256").update(bytes).digest("hex");
  const locked = await checkLock(path, digest);
  const items: BenchItem[] = [];
  const wrong: string[] = [];
  const lines = new Map<string, number>();
  for await (const { line, value } of readJsonl(path)) {
    const parsed = item.safeParse(value);
    const problem = parsed.success
      ? inconsistency(parsed.data, lines)
      : z.prettifyError(parsed.error).replaceAll("\n", " ");
    if (problem !== undefined) wrong.push(`line ${line}: ${problem}`);
    else if (parsed.success) {
      lines.set(parsed.data.id, line);
      items.push(parsed.data);
    }
  }
  if (wrong.length > 0) {
    const shown = wrong.slice(0, LINES_SHOWN);
    if (wrong.length > shown.length) shown.push(`and ${wrong.length - shown.length} more`);
    throw new FormatError({
      path,
      where: "its items",
      expected: "bench items as bench/replies/README.md describes them",
      got: shown.join("; "),
    });
  }
  if (items.length === 0) throw new UserError(`${path} holds no items.`);
  return { path, digest, locked, items };
}

const LINES_SHOWN = 10;

async function checkLock(path: string, digest: string): Promise<boolean> {
  const lock = lockPath(path);
  if (!existsSync(lock)) return false;
  const stated = /^[0-9a-f]{64}/.exec((await readFile(lock, "utf8")).trim())?.[0];
  if (stated === undefined) {
    throw new FormatError({ path: lock, where: "the first line", expected: "a SHA-256 in hex", got: "something else" });
  }
  if (stated !== digest) {
    throw new UserError(
      `${path} was changed: its SHA-256 is ${digest.slice(0, 12)}…, and ${lock} locks ${stated.slice(0, 12)}…. Figures of a changed set ` +
        `cannot be compared with others. Restore the file; or copy it under another name without a lock to measure with a set of your own.`,
    );
  }
  return true;
}

/** What no schema sees. */
function inconsistency(value: BenchItem, lines: ReadonlyMap<string, number>): string | undefined {
  const { id, thread, needsReply, references, variants } = value;
  const before = lines.get(id);
  if (before !== undefined) return `the id ${id} stands in line ${before} too`;
  if (thread.some(({ body, html }) => (body === undefined) === (html === undefined)))
    return `${id}: each mail has either body or html`;
  if (needsReply && references.length === 0) return `${id} needs a reply and has no reference`;
  const newest = thread[thread.length - 1];
  const text = `${newest.subject}\n${newest.body ?? newest.html}`;
  for (const { name, relation, replace } of variants) {
    if (relation === "swap" && replace.length !== 1) return `${id}: the variant ${name} must replace exactly one value`;
    const absent = replace.find(({ from }) => !text.includes(from));
    if (absent !== undefined)
      return `${id}: the variant ${name} replaces "${absent.from}", which the mail does not hold`;
  }
  return undefined;
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}
