/** The model answering mails with and without the owner's adapter, and what is counted of its answers. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { checkReply, findDoubledWord, findOddQuote } from "../checks/index.ts";
import { type LikelihoodRow, sumAlong, summarizeLikelihoods } from "../evaluate/index.ts";
import { type AnswerRow, collectAnswers, digestQuestion } from "../formats/index.ts";
import { addSteering, type Email, loadLanguageDetector, renderEmail } from "../mail/index.ts";
import { hashString } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import {
  generateReplies,
  type Habits,
  inHabits,
  openAssistant,
  readForReply,
  readReferences,
  toAssistantMail,
} from "../reply/index.ts";
import type { OwnReply } from "../style/index.ts";
import { mostContextTokens } from "./model.ts";
import { lineBehind, unfounded } from "./personalise-rows.ts";
import { median } from "./report.ts";
import type { Session } from "./session.ts";

/** A model, and the adapter over it. */
export interface Subject {
  readonly recipe: Recipe;
  readonly session: Session;
  /** GGUF. */
  readonly model: string;
  readonly adapter?: string;
  /** What the owner is called: whoever signs claims nothing. */
  readonly ownNames: readonly string[];
  /** What may be laid over its replies: how the owner ends is not broken text, whatever it is. */
  readonly habits?: Habits;
  /** The folder of the replies that were made, and what tells this adapter's from another's. */
  readonly answers: string;
  readonly name: string;
}

/** A mail to answer, with the owner's reply where they wrote one. */
export type Asked = { readonly id: string; readonly email: Email; readonly reply?: string };

/** Perplexity of the owner's own replies, a token. */
export async function readPerplexity(subject: Subject, mails: readonly OwnReply[]): Promise<number> {
  const { session, model, adapter } = subject;
  const references = mails.map(({ id, email, reply }) => ({ id, email: renderEmail(email), reference: reply }));
  const options = { gguf: model, adapter, references, mostContextTokens: mostContextTokens(), signal: session.signal };
  const rows: LikelihoodRow[] = [];
  for await (const read of counted(readReferences(options), subject, { total: mails.length, unit: "own replies" }))
    rows.push({ model, ...sumAlong(read) });
  return Math.exp(summarizeLikelihoods(rows)?.loss ?? 0);
}

/** Mails that are put before the model in one way. */
export interface AskedGroup {
  readonly mails: readonly Asked[];
  /** Replies of the owner that stand in the prompt. */
  readonly shots?: readonly OwnReply[];
  /** The line that stands behind the owner's own reply says what to write. */
  readonly isTold?: boolean;
}

/**
 * Replies of each group in the order of its mails, all from a model that is opened once, several at a time where that changes none of them; those that
 * were made before, in whatever group, are not made again. Throws what the signal is aborted with.
 */
export async function answerGroups<Name extends string>(
  subject: Subject,
  groups: Readonly<Record<Name, AskedGroup>>,
): Promise<Record<Name, string[]>> {
  const { recipe, session, answers } = subject;
  const named = Object.entries<AskedGroup>(groups);
  const prompts = new Map(
    named.flatMap(([, group]) =>
      group.mails.map((mail) => [idOf(mail, group), promptOf(mail, group, subject)] as const),
    ),
  );
  const settings = { ...greedy(recipe), maxTokens: recipe.evaluate.maxReplyTokens };
  const [by, ...shapes] = answererOf(subject);
  async function* make(missing: readonly { id: string }[]): AsyncGenerator<KeptReply> {
    const mails = missing.map(({ id }) => ({ id, email: prompts.get(id)! }));
    const replies = generateReplies({ ...settings, ...opened(subject), mails });
    for await (const { id, reply } of counted(replies, subject, { total: mails.length, unit: "replies" }))
      yield { id, reply };
  }
  await mkdir(answers, { recursive: true });
  const made = await collectAnswers<KeptReply>({
    path: join(answers, `${by}.jsonl`),
    questions: [...prompts].map(([id, email]) => ({ id, digest: digestQuestion(email, settings, by, ...shapes) })),
    readRow: (value) => value as KeptReply, // written here
    isAnswerTo: () => false,
    belongs: () => true,
    make,
  });
  session.signal.throwIfAborted();
  return Object.fromEntries(
    named.map(([name, of]) => [name, of.mails.map((mail) => made.get(idOf(mail, of))!.reply)]),
  ) as Record<Name, string[]>;
}

/** Shows how far the values have come. */
async function* counted<T>(
  values: AsyncIterable<T>,
  { session, adapter, name }: Subject,
  wait: { total: number; unit: string },
): AsyncGenerator<T> {
  const note = adapter === undefined ? "the model alone" : `in your words, ${name}`;
  let done = 0;
  session.progress.update({ ...wait, done, note });
  for await (const value of values) {
    session.progress.update({ ...wait, done: ++done, note });
    yield value;
  }
}

/** The name of a mail that is put before the model in one way. */
const idOf = ({ id }: Asked, { shots = [], isTold = false }: AskedGroup) =>
  [id, ...(isTold ? ["told"] : []), ...(shots.length > 0 ? ["shown"] : [])].join("/");

/** Who answers, and what else than the question shapes the answers: what the model says alone is the same whosever style is measured. */
const answererOf = ({ adapter, name, recipe }: Subject): [string, ...unknown[]] =>
  adapter === undefined ? ["general"] : [name, recipe.style];

/** A row of a file of answers. */
type KeptReply = AnswerRow & { readonly reply: string };

/** Milliseconds to the first token, the median over mails that are answered one after the other. Throws what the signal is aborted with. */
export async function timeFirstToken(subject: Subject, group: AskedGroup): Promise<number> {
  const mails = group.mails.map((mail) => ({ id: mail.id, email: promptOf(mail, group, subject) }));
  const settings = { ...greedy(subject.recipe), ...opened(subject), mails, sequences: 1, maxTokens: 1 };
  const times: (number | null)[] = [];
  const wait = { total: mails.length, unit: "first tokens" };
  for await (const { firstTokenMs } of counted(generateReplies(settings), subject, wait)) times.push(firstTokenMs);
  subject.session.signal.throwIfAborted();
  return median(times) ?? 0;
}

const greedy = ({ seed, reply }: Recipe) => ({ seed, temperature: 0, loopBan: reply.loopBan });
const opened = ({ model, adapter, session }: Subject) => ({
  ...{ gguf: model, adapter, mostContextTokens: mostContextTokens(), signal: session.signal },
});

function promptOf({ email, reply = "" }: Asked, { shots = [], isTold = false }: AskedGroup, { ownNames }: Subject) {
  return addSteering(withShots(email, shots), isTold ? lineBehind({ email, reply }, ownNames) : "");
}

/** ours: five replies of 300 characters and the mail fit a context of 1,024 tokens. */
const SHOT_CHARACTERS = 300;

function withShots(email: Email, shots: readonly OwnReply[]): string {
  if (shots.length === 0) return renderEmail(email);
  const examples = shots.map(({ reply }) => reply.slice(0, SHOT_CHARACTERS)).join("\n---\n");
  return `Replies that I wrote before, in my own words:\n---\n${examples}\n---\nThe mail to answer in the same words:\n${renderEmail(email)}`;
}

/** A reply without the closing of the owner's habits, on lines of its own. */
export function withoutClosing(reply: string, habits: Habits): string {
  const text = reply.trimEnd();
  const closings = Object.values(habits).flatMap(({ closing }) => (closing ? [`\n${closing}`] : []));
  const closing = closings.find((one) => text.endsWith(one)) ?? "";
  return text.slice(0, text.length - closing.length).trimEnd();
}

/** Whether an answer claims nothing beyond its mail. */
function isGrounded({ ownNames }: Subject, { email }: Asked, reply: string): boolean {
  return unfounded({ reply, email }, ownNames).length === 0;
}

/**
 * Whether an answer is whole text: nothing in it loops, is said twice, or is broken. Noise claims nothing, so that it claims nothing says little alone. How
 * many sentences there are is the owner's way: more than three are no fault here.
 */
export function isSound({ email }: Pick<Asked, "email">, written: string, habits: Habits = {}): boolean {
  const [mail, reply] = [renderEmail(email), withoutClosing(written, habits)];
  const isWhole = checkReply(reply, { email: mail }).every(({ check }) => check === "sentences");
  return isWhole && findDoubledWord(reply, mail) === undefined && findOddQuote(reply) === undefined;
}

type Content = (subject: Subject, mails: readonly Asked[], replies: readonly string[]) => number;

const shareOf =
  (test: (subject: Subject, mail: Asked, reply: string) => boolean): Content =>
  (subject, mails, replies) =>
    replies.filter((reply, index) => test(subject, mails[index], reply)).length / Math.max(1, replies.length);

/** Shares of answers that claim nothing beyond their mail, and that are whole text. */
export const groundedShare = shareOf(isGrounded);
export const soundShare = shareOf(({ habits }, mail, reply) => isSound(mail, reply, habits));

/** Both. */
export const isGood = (subject: Subject, mail: Asked, reply: string) =>
  isGrounded(subject, mail, reply) && isSound(mail, reply, subject.habits);

/** A model's replies in the owner's habits, to the same mails. */
export async function repliesInHabits(
  mails: readonly Asked[],
  replies: readonly string[],
  habits: Habits,
): Promise<string[]> {
  const { detect } = await loadLanguageDetector();
  return replies.map((reply, index) => {
    const { language, senderName } = readForReply(toAssistantMail(mails[index].email), detect);
    return inHabits(reply, { habits, language, senderName, detect });
  });
}

const WISHES = ["decline politely", "accept", "ask for more time"];

/** A draft that was told a wish, and how many of the wishes found in the line it follows. */
type KeptDraft = AnswerRow & {
  readonly line: string;
  readonly draft: string;
  readonly asked: number;
  readonly followed: number;
};

/** Share of wishes that drafts follow, one wish a mail; drafts that were made before are not made again. */
export async function obeyedShare(subject: Subject, mails: readonly Asked[], habits?: Habits): Promise<number> {
  const { recipe, session, model, adapter, answers } = subject;
  const { systemPrompt, dateString } = recipe.student;
  const settings = { loopBan: recipe.reply.loopBan, frame: { systemPrompt, dateString } };
  const [by, ...shapes] = answererOf(subject);
  const wishes = new Map(
    mails.map(({ id, email }) => [id, { email, line: WISHES[hashString(id) % WISHES.length] }] as const),
  );
  const make = (missing: readonly { id: string }[]) =>
    counted(draftAll(missing), subject, { total: missing.length, unit: "drafts" });
  async function* draftAll(missing: readonly { id: string }[]): AsyncGenerator<KeptDraft> {
    const options = { ...settings, adapter, habits, mostContextTokens: mostContextTokens() };
    const assistant = await openAssistant(model, options);
    try {
      for (const { id } of missing) {
        const { email, line } = wishes.get(id)!;
        for await (const event of assistant.draft(toAssistantMail(email), { line }, { signal: session.signal })) {
          if (event.type !== "done") continue;
          const { text, followed } = event.draft;
          const count = followed.filter((wish) => wish.followed).length;
          yield { id, line, draft: text, asked: followed.length, followed: count };
        }
      }
    } finally {
      await assistant.close();
    }
  }
  await mkdir(answers, { recursive: true });
  const made = await collectAnswers<KeptDraft>({
    path: join(answers, `${by} wishes.jsonl`),
    questions: [...wishes].map(([id, { email, line }]) => ({
      id,
      digest: digestQuestion(renderEmail(email), line, settings, habits ?? null, by, ...shapes),
    })),
    readRow: (value) => value as KeptDraft, // written here
    isAnswerTo: () => false,
    belongs: () => true,
    make,
  });
  session.signal.throwIfAborted();
  const sum = (key: "asked" | "followed") => [...made.values()].reduce((all, row) => all + row[key], 0);
  return sum("asked") === 0 ? 1 : sum("followed") / sum("asked");
}
