/** The model answering mails with and without the owner's adapter, and what is counted of its answers. */
import { type LikelihoodRow, sumAlong, summarizeLikelihoods } from "../evaluate/index.ts";
import { addSteering, type Email, renderEmail } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import { generateReplies, openAssistant, readReferences, toAssistantMail } from "../reply/index.ts";
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
}

/** A reply; the time to its first token where it was written alone. */
export interface Answer {
  readonly reply: string;
  readonly firstTokenMs: number | null;
}

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

/** Answers in the order of `mails`. Throws what the signal is aborted with. */
export async function answerAll(
  { recipe, session, model, adapter, ownNames }: Subject,
  mails: readonly Asked[],
  { shots = [], isTold = false, isTimed = false }: AskOptions = {},
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const replies = generateReplies({
    gguf: model,
    adapter,
    mails: mails.map(({ id, email, reply = "" }) => ({
      id,
      email: addSteering(withShots(email, shots), isTold ? lineBehind({ email, reply }, ownNames) : ""),
    })),
    seed: recipe.seed,
    ...(isTimed ? { sequences: 1 } : {}),
    maxTokens: recipe.evaluate.maxReplyTokens,
    temperature: 0,
    loopBan: recipe.reply.loopBan,
    mostContextTokens: mostContextTokens(),
    signal: session.signal,
  });
  for await (const { reply, firstTokenMs } of replies)
    answers.push({ reply, firstTokenMs: isTimed ? firstTokenMs : null });
  session.signal.throwIfAborted();
  return answers;
}

/** ours: five replies of 300 characters and the mail fit a context of 1,024 tokens. */
const SHOT_CHARACTERS = 300;

function withShots(email: Email, shots: readonly OwnReply[]): string {
  if (shots.length === 0) return renderEmail(email);
  const examples = shots.map(({ reply }) => reply.slice(0, SHOT_CHARACTERS)).join("\n---\n");
  return `Replies that I wrote before, in my own words:\n---\n${examples}\n---\nThe mail to answer in the same words:\n${renderEmail(email)}`;
}

/** Share of answers that claim nothing beyond their mail. */
export function groundedShare({ ownNames }: Subject, mails: readonly Asked[], answers: readonly Answer[]): number {
  const grounded = answers.filter(
    ({ reply }, index) => unfounded({ reply, email: mails[index].email }, ownNames).length === 0,
  );
  return grounded.length / Math.max(1, answers.length);
}

const WISHES = ["decline politely", "accept", "ask for more time"];

/** Share of wishes that drafts follow, one wish a mail. */
export async function obeyedShare(subject: Subject, mails: readonly Asked[]): Promise<number> {
  const { recipe, session, model, adapter } = subject;
  const { systemPrompt, dateString } = recipe.student;
  const assistant = await openAssistant(model, {
    adapter,
    mostContextTokens: mostContextTokens(),
    loopBan: recipe.reply.loopBan,
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
