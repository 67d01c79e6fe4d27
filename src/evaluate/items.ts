/** evaluated.jsonl: every held-out mail with what each system replied, how it scored and what was found wrong. Reports and comparisons are made of it. */
import { createHash } from "node:crypto";
import type { Fault, Finding, ReplyContext } from "../checks/index.ts";
import { FormatError } from "../errors.ts";
import { encodeJson, readJsonl, writeFileBeside } from "../formats/index.ts";
import type { TrainingPair } from "./controls.ts";

import type { Likeness } from "./leakage.ts";
import type { SliceValues } from "./slices.ts";
import { type ScoredSystem, type SystemName, scoreItem } from "./systems.ts";

/** One reply to one mail. Sentence scores show where to look; they do not add up to those of the corpus. */
export interface ScoredReply {
  readonly text: string;
  readonly bleu: number; //   sentence BLEU, effective order
  readonly chrf: number; //   sentence chrF2++
  /** Whether it was cut at the token limit. */
  readonly cut: boolean;
  readonly findings: readonly Finding[];
  /** Why it could not be sent as it is. */
  readonly faults: readonly Fault[];
}

/** A row of evaluated.jsonl. */
export interface EvaluatedItem {
  readonly id: string;
  /** The mail's thread; its own id where none is known. */
  readonly threadId: string;
  readonly email: string;
  readonly reference: string;
  readonly slices: SliceValues;
  readonly likeness: Omit<Likeness, "nearest"> & {
    /** The training mail that holds most of this one, and its reply; null where they share no run. */
    readonly nearest: TrainingPair | null;
  };
  readonly student: ScoredReply;
  readonly base: ScoredReply | null;
  readonly ceiling: ScoredReply | null;
  readonly nearest: ScoredReply;
}

/** The rows of an evaluation, in the order of its items. */
export function describeItems(options: {
  items: readonly EvaluationItem[];
  train: readonly TrainingPair[];
  likeness: readonly Likeness[];
  sliced: readonly SliceValues[];
  systems: ReadonlyMap<SystemName, ScoredSystem>;
}): EvaluatedItem[] {
  const { items, train, likeness, sliced, systems } = options;
  const replyOf = (name: SystemName, index: number): ScoredReply | null => {
    const system = systems.get(name);
    if (system === undefined) return null;
    const { replies, cuts } = system.answers;
    const { findings, faults } = system.checked[index];
    return { text: replies[index], ...scoreItem(system, index), cut: cuts[index] ?? false, findings, faults };
  };
  return items.map(({ id, threadId = id, email, reference }, i) => ({
    id,
    threadId,
    email,
    reference,
    slices: sliced[i],
    likeness: { ...likeness[i], nearest: likeness[i].nearest === null ? null : train[likeness[i].nearest] },
    student: replyOf("student", i)!,
    base: replyOf("base", i),
    ceiling: replyOf("ceiling", i),
    nearest: replyOf("nearest", i)!,
  }));
}

/** SHA-256 over ids, mails and references, in order. */
export function testSetDigest(items: readonly Pick<EvaluationItem, "id" | "email" | "reference">[]): string {
  const hash = createHash("sha256");
  for (const { id, email, reference } of items) hash.update(`${JSON.stringify([id, email, reference])}\n`);
  return hash.digest("hex");
}

/** Writes the rows to a file that appears when it is complete; returns the SHA-256 of its bytes, the lock that `readItems` checks. */
export async function writeItems(path: string, items: readonly EvaluatedItem[]): Promise<string> {
  const hash = createHash("sha256");
  await writeFileBeside(path, async (writer) => {
    for (const item of items) {
      const line = Buffer.from(`${encodeJson(item)}\n`, "utf8");
      hash.update(line);
      await writer.write(line);
    }
  });
  return hash.digest("hex");
}

/** Reads the rows back. Throws FormatError where they are not those that the scores were made of: the lock is broken. */
export async function readItems(path: string, lock: string): Promise<EvaluatedItem[]> {
  const hash = createHash("sha256");
  const items: EvaluatedItem[] = [];
  for await (const { line, value } of readJsonl(path)) {
    hash.update(`${encodeJson(value)}\n`);
    const item = value as EvaluatedItem; // checked on the next line, and by the lock
    if (typeof item?.id !== "string" || typeof item.student?.text !== "string" || !Array.isArray(item.student.faults))
      throw new FormatError({
        path,
        where: `line ${line}`,
        expected: "an evaluated mail",
        got: "another row",
        fix: again,
      });
    items.push(item);
  }
  const found = hash.digest("hex");
  if (found !== lock) {
    throw new FormatError({
      path,
      where: "the whole file",
      expected: `the content that the scores were made of (SHA-256 ${lock.slice(0, 12)}…)`,
      got: `another (${found.slice(0, 12)}…)`,
      fix: again,
    });
  }
  return items;
}

const again =
  "It was changed after it was scored, or scored by an earlier version. Score anew: npx pocketreply evaluate --rescore --run RUN.";

/** One mail of the test split with its reference reply and what the model, and if at hand the un-tuned base, replied. */
export interface EvaluationItem {
  readonly id: string;
  readonly threadId?: string;
  readonly email: string;
  readonly reference: string;
  readonly candidate: string;
  readonly baseCandidate?: string;
  /** What the teacher wrote when it was asked again. */
  readonly ceilingReply?: string;
  /** Whether the candidate, or the base's, was cut at the token limit. */
  readonly cutAtLimit?: boolean;
  readonly baseCutAtLimit?: boolean;
  /** The language of the mail, where it was told. */
  readonly language?: string;
  /** Who wrote the mail and who answers it. */
  readonly people?: Pick<ReplyContext, "sender" | "user">;
  /** ISO 8601: when the mail was sent. */
  readonly sentAt?: string;
}
