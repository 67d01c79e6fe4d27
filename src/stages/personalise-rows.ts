/** What an adapter in the owner's words is trained on: no row that would teach it to claim what it cannot know. */
import { createGrounder } from "../checks/index.ts";
import { renderEmail, splitReply } from "../mail/index.ts";
import type { Habits } from "../reply/index.ts";
import { type OwnReply, reverseLine, type TimeSplit } from "../style/index.ts";

/** A reply to learn, with the line that could have led to it or none. */
export type StyleRow = OwnReply & { readonly steering?: string };

/** Rows of both kinds by side, and how many replies gave each. */
export interface StyleRows {
  readonly rows: readonly StyleRow[];
  readonly split: TimeSplit;
  /** Training replies that are learnt to the mail alone, with a line, and not at all, since they say more than mail and line do. A reply may be learnt both ways. */
  readonly learnt: { readonly alone: number; readonly told: number; readonly neither: number };
}

/**
 * Each reply up to twice: to the mail alone where it says nothing beyond it, and with the line that could have led to it where it says nothing
 * beyond mail and line. Of replies that could be learnt both ways the oldest are learnt in one, the two ways in turns, as long as there are more than `most` rows to train on. `names` are the owner's; `lines` are those that a teacher wrote, else our own rules do. People answer from what they know; a model that learns such an answer to the mail alone learns to invent.
 * Where no reply of validation may be learnt, they are validated on as they are: judging the training by them teaches nothing.
 * What `habits` lay over a reply, greeting and closing, is not learnt as well: a model that has learnt a name below answers a mail that it does not understand with the name alone.
 */
export function styleRows(
  replies: readonly OwnReply[],
  split: TimeSplit,
  {
    names = [],
    lines = new Map(),
    habitOf = () => undefined,
    most = Number.POSITIVE_INFINITY,
  }: {
    names?: readonly string[];
    lines?: ReadonlyMap<string, string>;
    habitOf?: (reply: string) => Habits[string] | undefined;
    most?: number;
  } = {},
): StyleRows {
  const alone = replies.filter((row) => unfounded(row, names).length === 0);
  const told = replies.flatMap((row): StyleRow[] => {
    const steering = lines.get(row.id) ?? lineBehind(row, names);
    const isFounded = unfounded(row, [...names, steering]).length === 0;
    return isFounded && steering !== "" ? [{ ...row, id: toldId(row.id), steering }] : [];
  });
  const [aloneIds, toldIds] = [alone, told].map((rows) => new Set(rows.map(({ id }) => id)));
  const isTwice = (id: string) => aloneIds.has(id) && toldIds.has(toldId(id));
  const both = (side: readonly string[]) =>
    side.flatMap((id) => [id, toldId(id)]).filter((id) => aloneIds.has(id) || toldIds.has(id));
  const learnable = both(split.train);
  const surplus = split.train.filter(isTwice).slice(0, Math.max(0, learnable.length - most));
  const dropped = new Set(surplus.map((id, index) => (index % 2 === 0 ? id : toldId(id))));
  const train = learnable.filter((id) => !dropped.has(id));
  const toldTrained = train.filter((id) => toldIds.has(id)).length;
  const validation = both(split.validation);
  const onlyJudged = validation.length > 0 ? [] : replies.filter(({ id }) => split.validation.includes(id));
  return {
    rows: [...alone, ...told, ...onlyJudged]
      .filter(({ id }) => !dropped.has(id))
      .map((row) => ({ ...row, reply: withoutWays(row.reply, habitOf(row.reply), names) })),
    split: { train, validation: [...validation, ...onlyJudged.map(({ id }) => id)], test: both(split.test) },
    learnt: {
      ...{ alone: train.length - toldTrained, told: toldTrained },
      neither: split.train.filter((id) => both([id]).length === 0).length,
    },
  };
}

const toldId = (id: string) => `${id}/told`;

/** A mail and a reply to it. */
type Answered = Pick<OwnReply, "reply" | "email">;

/** The line that could have led to a reply, with what only its writer knew. */
export function lineBehind(row: Answered, names: readonly string[] = []): string {
  return reverseLine(
    withoutName(row.reply, names),
    unfounded(row, names).map(({ text }) => text),
  );
}

/** A reply without the greeting and closing that habits would lay over it; whole where nothing else stands in it. */
function withoutWays(reply: string, habit: Habits[string] | undefined, names: readonly string[]): string {
  if (habit === undefined) return withoutName(reply, names);
  const { greeting } = splitReply(reply);
  const body = habit.greeting === null ? reply.trim() : reply.trim().slice(greeting.length).trim();
  const ending = habit.closing ?? "";
  const open = ending !== "" && body.endsWith(ending) ? body.slice(0, -ending.length).trim() : body;
  return open === "" ? reply : withoutName(open, names);
}

/** A reply without lines at its end that hold the owner's names alone. */
function withoutName(reply: string, names: readonly string[]): string {
  const known = new Set(names.flatMap((name) => wordsOf(name)));
  const lines = reply.trimEnd().split("\n");
  const isName = (line: string) => wordsOf(line).every((word) => known.has(word)); // an empty line as well
  const last = lines.findLastIndex((line) => !isName(line));
  return last < 0 ? reply : lines.slice(0, last + 1).join("\n");
}

const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** What a reply claims that neither the mail nor `known` has. */
export function unfounded({ reply, email }: Answered, known: readonly string[] = []): { readonly text: string }[] {
  const people = [email.from, ...email.to, ...email.cc].map(({ name, address }) => `${name} ${address}`);
  const sources = { texts: [renderEmail(email), ...people, ...known], sentAt: email.date ?? undefined };
  return [...createGrounder(sources)(reply).ungrounded];
}
