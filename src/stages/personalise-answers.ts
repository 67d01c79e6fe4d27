/** The model answering mails with and without the owner's adapter, and what is counted of its answers. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createReplyChecker } from "../checks/index.ts";
import { type LikelihoodRow, sumAlong, summarizeLikelihoods } from "../evaluate/index.ts";
import { type AnswerRow, collectAnswers, digestQuestion } from "../formats/index.ts";
import { addSteering, type Email, loadLanguageDetector, renderEmail } from "../mail/index.ts";
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
  /** The folder of the replies that were made, and what tells this adapter's from another's. */
  readonly answers: string;
  readonly name: string;
}

/** A reply; the time to its first token where it was written alone. */
export interface Answer {
  readonly reply: string;
  readonly firstTokenMs: number | null;
}

/** A row of a file of answers. */
type KeptAnswer = Answer & AnswerRow;

/** A mail to answer, with the owner's reply where they wrote one. */
export type Asked = { readonly id: string; readonly email: Email; readonly reply?: string };

/** Perplexity of the owner's own replies, a token. */
export async function readPerplexity(subject: Subject, mails: readonly OwnReply[]): Promise<number> {
  const { session, model, adapter } = subject;
  const references = mails.map(({ id, email, reply }) => ({ id, email: renderEmail(email), reference: reply }));
  const options = { gguf: model, adapter, references, mostContextTokens: mostContextTokens(), signal: session.signal };
  const rows: LikelihoodRow[] = [];
  for await (const read of readReferences(options)) rows.push({ model, ...sumAlong(read) });
  return Math.exp(summarizeLikelihoods(rows)?.loss ?? 0);
}

/** How mails are put before the model. */
export interface AskOptions {
  /** Replies of the owner that stand in the prompt. */
  readonly shots?: readonly OwnReply[];
  /** The line that stands behind the owner's own reply says what to write. */
  readonly isTold?: boolean;
  /** One after the other, so that the time to the first token is that of a single mail. */
  readonly isTimed?: boolean;
}

/** Answers in the order of `mails`; those that were made before are not made again. Throws what the signal is aborted with. */
export async function answerAll(
  { recipe, session, model, adapter, ownNames, answers, name }: Subject,
  mails: readonly Asked[],
  { shots = [], isTold = false, isTimed = false }: AskOptions = {},
): Promise<Answer[]> {
  const asked = new Map(
    mails.map(({ id, email, reply = "" }) => [
      id,
      addSteering(withShots(email, shots), isTold ? lineBehind({ email, reply }, ownNames) : ""),
    ]),
  );
  const settings = {
    ...{ seed: recipe.seed, maxTokens: recipe.evaluate.maxReplyTokens, temperature: 0 },
    loopBan: recipe.reply.loopBan,
  };
  const by = adapter === undefined ? "general" : name;
  async function* make(missing: readonly { id: string }[]): AsyncGenerator<KeptAnswer> {
    const replies = generateReplies({
      ...{ ...settings, gguf: model, adapter, mostContextTokens: mostContextTokens(), signal: session.signal },
      mails: missing.map(({ id }) => ({ id, email: asked.get(id)! })),
      ...(isTimed ? { sequences: 1 } : {}),
    });
    for await (const { id, reply, firstTokenMs } of replies)
      yield { id, reply, firstTokenMs: isTimed ? firstTokenMs : null };
  }
  await mkdir(answers, { recursive: true });
  const kinds = [by, ...(shots.length > 0 ? ["five in the prompt"] : []), ...(isTold ? ["told"] : [])];
  const made = await collectAnswers<KeptAnswer>({
    path: join(answers, `${kinds.join(", ")}.jsonl`),
    questions: [...asked].map(([id, email]) => ({ id, digest: digestQuestion(email, settings, by, recipe.style) })),
    readRow: (value) => value as KeptAnswer, // written here
    isAnswerTo: () => false,
    belongs: () => true,
    make,
  });
  session.signal.throwIfAborted();
  return mails.map(({ id }) => made.get(id)!);
}

/** ours: five replies of 300 characters and the mail fit a context of 1,024 tokens. */
const SHOT_CHARACTERS = 300;

function withShots(email: Email, shots: readonly OwnReply[]): string {
  if (shots.length === 0) return renderEmail(email);
  const examples = shots.map(({ reply }) => reply.slice(0, SHOT_CHARACTERS)).join("\n---\n");
  return `Replies that I wrote before, in my own words:\n---\n${examples}\n---\nThe mail to answer in the same words:\n${renderEmail(email)}`;
}

/** Whether an answer claims nothing beyond its mail. */
function isGrounded({ ownNames }: Subject, { email }: Asked, { reply }: Answer): boolean {
  return unfounded({ reply, email }, ownNames).length === 0;
}

/** Whether an answer is whole text: nothing in it loops, is said twice, or is broken. Noise claims nothing, so that it claims nothing says little alone. */
function isSound({ email }: Asked, { reply }: Answer): boolean {
  const found = createReplyChecker({ email: renderEmail(email), sender: email.from })(reply);
  return !found.faults.some(({ fault }) => fault === "repeats" || fault === "malformed");
}

type Content = (subject: Subject, mails: readonly Asked[], answers: readonly Answer[]) => number;

const shareOf =
  (test: (subject: Subject, mail: Asked, answer: Answer) => boolean): Content =>
  (subject, mails, answers) =>
    answers.filter((answer, index) => test(subject, mails[index], answer)).length / Math.max(1, answers.length);

/** Shares of answers that claim nothing beyond their mail, that are whole text, and that are both. */
export const groundedShare = shareOf(isGrounded);
export const soundShare = shareOf((_, mail, answer) => isSound(mail, answer));
export const contentShare = shareOf(
  (subject, mail, answer) => isGrounded(subject, mail, answer) && isSound(mail, answer),
);

/** A model's answers in the owner's habits, to the same mails. */
export async function answersInHabits(
  mails: readonly Asked[],
  answers: readonly Answer[],
  habits: Habits,
): Promise<Answer[]> {
  const { detect } = await loadLanguageDetector();
  return answers.map(({ reply, firstTokenMs }, index) => {
    const { language, senderName } = readForReply(toAssistantMail(mails[index].email), detect);
    return { reply: inHabits(reply, { habits, language, senderName }), firstTokenMs };
  });
}

const WISHES = ["decline politely", "accept", "ask for more time"];

/** Share of wishes that drafts follow, one wish a mail. */
export async function obeyedShare(subject: Subject, mails: readonly Asked[], habits?: Habits): Promise<number> {
  const { recipe, session, model, adapter } = subject;
  const { systemPrompt, dateString } = recipe.student;
  const assistant = await openAssistant(model, {
    ...{ adapter, habits, mostContextTokens: mostContextTokens(), loopBan: recipe.reply.loopBan },
    frame: { systemPrompt, dateString },
  });
  let [followed, asked] = [0, 0];
  try {
    for (const [index, { email }] of mails.entries()) {
      const line = WISHES[index % WISHES.length];
      for await (const event of assistant.draft(toAssistantMail(email), { line }, { signal: session.signal })) {
        if (event.type !== "done") continue;
        asked += event.draft.followed.length;
        followed += event.draft.followed.filter((wish) => wish.followed).length;
      }
    }
  } finally {
    await assistant.close();
  }
  return asked === 0 ? 1 : followed / asked;
}
