/** What an adapter in the owner's words changes, on mails that came later than all it learnt from. */
import { createGrounder } from "../checks/index.ts";
import { type LikelihoodRow, sumAlong, summarizeLikelihoods } from "../evaluate/index.ts";
import { addSteering, type Email, renderEmail } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import { generateReplies, openAssistant, readReferences, toAssistantMail } from "../reply/index.ts";
import {
  acceptedShare,
  describeStyle,
  type OwnReply,
  reverseLine,
  type StyleFeatures,
  trainVerifier,
} from "../style/index.ts";
import { mostContextTokens } from "./model.ts";
import { median } from "./report.ts";
import type { Session } from "./session.ts";

/** A figure without the adapter and with it. */
export interface Change {
  readonly general: number;
  readonly mine: number;
}

/** A figure of the model without the adapter, with it, and without it but with five of the owner's replies in its prompt. */
export type Accepted = Change & { readonly fewShot: number };

/** All on held-out later replies and the mails they answer. */
export interface StyleFigures {
  /** Of the owner's own replies, a token. */
  readonly perplexity: Change;
  /** A judge of authorship, made of the owner's and other people's texts; its own errors, on texts it has not seen, and where it was calibrated. */
  readonly verifier: { readonly missed: number; readonly taken: number | null; readonly calibrationError: number };
  /** Shares of texts that it takes for the owner's. */
  readonly accepted: Accepted & { readonly own: number };
  /** The same where the owner's line says what to write: the line that stands behind the owner's own reply. */
  readonly acceptedTold: Accepted;
  /** Means of the verifier's score, in thousandths: finer than shares of a few mails. */
  readonly score: Accepted & { readonly own: number };
  /** Milliseconds to the first token, the median. */
  readonly firstTokenMs: Change & { readonly fewShot: number };
  /** Share of replies that claim nothing beyond the mail. */
  readonly grounded: Change;
  /** Share of wishes that drafts follow. */
  readonly obeyed: Change;
  readonly style: { readonly own: StyleFeatures; readonly general: StyleFeatures; readonly mine: StyleFeatures };
  readonly examples: readonly StyleExample[];
}

/** A mail with three answers to it. */
export interface StyleExample {
  readonly mail: string;
  readonly own: string;
  readonly general: string;
  readonly mine: string;
  readonly fewShot: string;
  /** Where a line says what to write. */
  readonly told: { readonly line: string; readonly general: string; readonly mine: string };
}

interface Sides {
  readonly train: readonly OwnReply[];
  readonly validation: readonly OwnReply[];
  readonly test: readonly OwnReply[];
  /** What other people wrote, as far as is known in answers too. */
  readonly others: readonly string[];
}

/** ours: enough to tell a point or two, and a minute or two of work. */
const MOST_MAILS = 100;
const MOST_WISHES = 20;
const WISHES = ["decline politely", "accept", "ask for more time"];
const EXAMPLES = 5;
const SHOTS = 5;
/** Of the others' texts, one in so many measures the verifier and does not train it. */
const UNSEEN = 5;

/** Measures over the GGUF `model`, without `adapter` and with it. Throws what the signal is aborted with. */
export async function measureStyle(
  options: Sides & { recipe: Recipe; session: Session; model: string; adapter: string },
): Promise<StyleFigures> {
  const { recipe, session, model, adapter, train, validation, test, others } = options;
  const mails = test.slice(-MOST_MAILS);
  const step = (note: string, done: number) => session.progress.update({ done, total: 8, unit: "measures", note });
  const work = { recipe, session, model, mails };
  step("perplexity", 0);
  const perplexity = {
    general: await readPerplexity({ ...work, mails: test }),
    mine: await readPerplexity({ ...work, mails: test, adapter }),
  };
  step("replies without the style", 1);
  const general = await answerAll(work);
  step("replies with it", 2);
  const mine = await answerAll({ ...work, adapter });
  step("replies with five of yours in the prompt", 3);
  const fewShot = await answerAll({ ...work, shots: train.slice(-SHOTS) });
  step("replies to lines", 4);
  const told = { ...work, isTold: true };
  const generalTold = await answerAll(told);
  const mineTold = await answerAll({ ...told, adapter });
  const fewShotTold = await answerAll({ ...told, shots: train.slice(-SHOTS) });
  step("authorship", 5);
  const text = ({ reply }: { reply: string }) => reply;
  const isUnseen = (index: number) => index % UNSEEN === 0;
  const verifier = trainVerifier({
    own: [...train, ...validation].map(text),
    others: others.filter((_, index) => !isUnseen(index)),
  });
  const own = acceptedShare(verifier, test.map(text)) ?? 0;
  const accepted = (answers: readonly Answer[]) => acceptedShare(verifier, answers.map(text)) ?? 0;
  const meanScore = (answers: readonly { reply: string }[]) =>
    (1000 * answers.reduce((sum, { reply }) => sum + verifier.score(reply), 0)) / (answers.length || 1);
  step("wishes without the style", 6);
  const obeyedGeneral = await countObeyed(work);
  step("wishes with it", 7);
  const obeyedMine = await countObeyed({ ...work, adapter });
  return {
    perplexity,
    verifier: {
      ...{ missed: 1 - own, calibrationError: verifier.calibrationError },
      taken: acceptedShare(
        verifier,
        others.filter((_, index) => isUnseen(index)),
      ),
    },
    accepted: { own, general: accepted(general), mine: accepted(mine), fewShot: accepted(fewShot) },
    acceptedTold: { general: accepted(generalTold), mine: accepted(mineTold), fewShot: accepted(fewShotTold) },
    score: {
      ...{ own: meanScore(mails), general: meanScore(general) },
      ...{ mine: meanScore(mine), fewShot: meanScore(fewShot) },
    },
    firstTokenMs: { general: firstToken(general), mine: firstToken(mine), fewShot: firstToken(fewShot) },
    grounded: { general: groundedShare(mails, general), mine: groundedShare(mails, mine) },
    obeyed: { general: obeyedGeneral, mine: obeyedMine },
    style: {
      own: describeStyle(test.map(text)),
      general: describeStyle(general.map(text)),
      mine: describeStyle(mine.map(text)),
    },
    examples: mails.slice(0, EXAMPLES).map(({ email, reply }, index) => ({
      ...{ mail: renderEmail(email), own: reply },
      ...{ general: general[index].reply, mine: mine[index].reply, fewShot: fewShot[index].reply },
      told: { line: reverseLine(reply), general: generalTold[index].reply, mine: mineTold[index].reply },
    })),
  };
}

interface Work {
  readonly recipe: Recipe;
  readonly session: Session;
  readonly model: string;
  readonly mails: readonly OwnReply[];
  readonly adapter?: string;
}

async function readPerplexity({ session, model, mails, adapter }: Work): Promise<number> {
  const references = mails.map(({ id, email, reply }) => ({ id, email: renderEmail(email), reference: reply }));
  const options = { gguf: model, adapter, references, mostContextTokens: mostContextTokens(), signal: session.signal };
  const rows: LikelihoodRow[] = [];
  for await (const read of readReferences(options)) rows.push({ model, ...sumAlong(read) });
  return Math.exp(summarizeLikelihoods(rows)?.loss ?? 0);
}

interface Answer {
  readonly reply: string;
  readonly firstTokenMs: number | null;
}

async function answerAll({
  recipe,
  session,
  model,
  mails,
  adapter,
  shots = [],
  isTold = false,
}: Work & { shots?: readonly OwnReply[]; isTold?: boolean }): Promise<Answer[]> {
  const answers: Answer[] = [];
  const replies = generateReplies({
    gguf: model,
    adapter,
    mails: mails.map(({ id, email, reply }) => ({
      id,
      email: addSteering(withShots(email, shots), isTold ? reverseLine(reply) : ""),
    })),
    seed: recipe.seed,
    sequences: 1, // each alone, for its time to the first token
    maxTokens: recipe.evaluate.maxReplyTokens,
    temperature: 0,
    loopBan: recipe.reply.loopBan,
    mostContextTokens: mostContextTokens(),
    signal: session.signal,
  });
  for await (const { reply, firstTokenMs } of replies) answers.push({ reply, firstTokenMs });
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

const firstToken = (answers: readonly Answer[]) => median(answers.map(({ firstTokenMs }) => firstTokenMs)) ?? 0;

function groundedShare(mails: readonly OwnReply[], answers: readonly Answer[]): number {
  const grounded = answers.filter(({ reply }, index) => {
    const { email } = mails[index];
    const people = [email.from, ...email.to, ...email.cc].map(({ name, address }) => `${name} ${address}`);
    const ground = createGrounder({ texts: [renderEmail(email), ...people], sentAt: email.date ?? undefined });
    return ground(reply).ungrounded.length === 0;
  });
  return grounded.length / Math.max(1, answers.length);
}

async function countObeyed({ recipe, session, model, mails, adapter }: Work): Promise<number> {
  const { systemPrompt, dateString } = recipe.student;
  const assistant = await openAssistant(model, {
    adapter,
    mostContextTokens: mostContextTokens(),
    loopBan: recipe.reply.loopBan,
    frame: { systemPrompt, dateString },
  });
  let [followed, asked] = [0, 0];
  try {
    for (const [index, { email }] of mails.slice(0, MOST_WISHES).entries()) {
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
