/** What an adapter in the owner's words changes, on mails that came later than all it learnt from. */
import { type Email, renderEmail } from "../mail/index.ts";
import { acceptedShare, describeStyle, type OwnReply, type StyleFeatures, trainVerifier } from "../style/index.ts";
import {
  type Answer,
  type Asked,
  answerAll,
  groundedShare,
  obeyedShare,
  readPerplexity,
  type Subject,
} from "./personalise-answers.ts";
import { lineBehind } from "./personalise-rows.ts";
import { median } from "./report.ts";

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
  /** Mails that content is measured on: those of the test and others. */
  readonly contentMails: number;
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
  readonly told: { readonly line: string; readonly general: string; readonly mine: string; readonly fewShot: string };
}

/** The owner's replies by side, and what else is known of the mailbox. */
export interface Sides {
  readonly train: readonly OwnReply[];
  readonly validation: readonly OwnReply[];
  readonly test: readonly OwnReply[];
  /** What other people wrote, as far as is known in answers too. */
  readonly others: readonly string[];
  /** Mails to the owner that no reply of theirs is known to: content is measured on them too, for a point or two of it shows on many mails only. */
  readonly unanswered: readonly Email[];
}

/** ours: of the test, the newest; an hour of a large model is not spent on a third digit. */
const MOST_MAILS = 40;
/** ours: one mail more or less is then the two points that may be lost. */
const CONTENT_MAILS = 60;
const WISHED_MAILS = 50;
const EXAMPLES = 5;
const SHOTS = 5;
/** Of the others' texts, one in so many measures the verifier and does not train it. */
const UNSEEN = 5;

/** Measures over the GGUF without the adapter and with it. Throws what the signal is aborted with. */
export async function measureStyle(options: Sides & Required<Subject>): Promise<StyleFigures> {
  const { recipe, session, model, adapter, ownNames, train, validation, test, others } = options;
  const mails = test.slice(-MOST_MAILS);
  const shots = train.slice(-SHOTS);
  const general: Subject = { recipe, session, model, ownNames };
  const mine: Subject = { ...general, adapter };
  let done = 0;
  const step = (note: string) => session.progress.update({ done: done++, total: 6, unit: "measures", note });
  step("perplexity");
  const perplexity = { general: await readPerplexity(general, test), mine: await readPerplexity(mine, test) };
  step("replies");
  const timed = { isTimed: true };
  const free = {
    general: await answerAll(general, mails, timed),
    mine: await answerAll(mine, mails, timed),
    fewShot: await answerAll(general, mails, { ...timed, shots }),
  };
  step("replies to lines");
  const told = {
    general: await answerAll(general, mails, { isTold: true }),
    mine: await answerAll(mine, mails, { isTold: true }),
    fewShot: await answerAll(general, mails, { isTold: true, shots }),
  };
  step("what replies claim");
  const more = contentMails(options).slice(0, Math.max(0, CONTENT_MAILS - mails.length));
  const content: readonly Asked[] = [...mails, ...more];
  const grounded = {
    general: groundedShare(mine, content, [...free.general, ...(await answerAll(general, more))]),
    mine: groundedShare(mine, content, [...free.mine, ...(await answerAll(mine, more))]),
  };
  step("wishes");
  const wished = content.slice(-WISHED_MAILS);
  const obeyed = { general: await obeyedShare(general, wished), mine: await obeyedShare(mine, wished) };
  step("authorship");
  const isUnseen = (_: string, index: number) => index % UNSEEN === 0;
  const verifier = trainVerifier({
    own: [...train, ...validation].map(textOf),
    others: others.filter((text, index) => !isUnseen(text, index)),
  });
  const own = acceptedShare(verifier, test.map(textOf)) ?? 0;
  const accepted = (answers: readonly Answer[]) => acceptedShare(verifier, answers.map(textOf)) ?? 0;
  const meanScore = (answers: readonly { reply: string }[]) =>
    (1000 * answers.reduce((sum, { reply }) => sum + verifier.score(reply), 0)) / (answers.length || 1);
  return {
    perplexity,
    verifier: {
      ...{ missed: 1 - own, calibrationError: verifier.calibrationError },
      taken: acceptedShare(verifier, others.filter(isUnseen)),
    },
    accepted: { own, ...ofEach(free, accepted) },
    acceptedTold: ofEach(told, accepted),
    score: { own: meanScore(mails), ...ofEach(free, meanScore) },
    firstTokenMs: ofEach(free, (answers) => median(answers.map(({ firstTokenMs }) => firstTokenMs)) ?? 0),
    contentMails: content.length,
    grounded,
    obeyed,
    style: {
      own: describeStyle(test.map(textOf)),
      general: describeStyle(free.general.map(textOf)),
      mine: describeStyle(free.mine.map(textOf)),
    },
    examples: mails.slice(0, EXAMPLES).map((row, index) => ({
      ...{ mail: renderEmail(row.email), own: row.reply },
      ...ofEach(free, (answers) => answers[index].reply),
      told: { line: lineBehind(row, ownNames), ...ofEach(told, (answers) => answers[index].reply) },
    })),
  };
}

const textOf = ({ reply }: { reply: string }) => reply;

type Way = "general" | "mine" | "fewShot";
const ofEach = <T>(ways: Readonly<Record<Way, readonly Answer[]>>, figure: (answers: readonly Answer[]) => T) =>
  ({ general: figure(ways.general), mine: figure(ways.mine), fewShot: figure(ways.fewShot) }) satisfies Record<Way, T>;

/** Mails of the mailbox that content is measured on beside those of the test. */
const contentMails = ({ unanswered }: Sides): Asked[] => unanswered.map((email) => ({ id: email.id, email }));
