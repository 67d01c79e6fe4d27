/** What an adapter in the owner's words changes, on mails that came later than all it learnt from. */
import { type Email, renderEmail, splitReply } from "../mail/index.ts";
import type { Habits } from "../reply/index.ts";
import { acceptedShare, describeStyle, type OwnReply, type StyleFeatures, trainVerifier } from "../style/index.ts";
import {
  type Asked,
  answerGroups,
  groundedShare,
  obeyedShare,
  readPerplexity,
  repliesInHabits,
  type Subject,
  soundShare,
  timeFirstToken,
  withoutClosing,
} from "./personalise-answers.ts";
import { lineBehind } from "./personalise-rows.ts";

/** A figure without the adapter and with it. */
export interface Change {
  readonly general: number;
  readonly mine: number;
}

/** A figure of the model alone, in the owner's habits, with the adapter in them, and alone but with five of the owner's replies in its prompt. */
export type Accepted = Change & { readonly habits: number; readonly fewShot: number };

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
  /** The shares of free replies where greeting and closing are cut from every text, the verifier's own too: words alone. */
  readonly acceptedBare: Accepted & { readonly own: number };
  /** Means of the verifier's score, in thousandths: finer than shares of a few mails. */
  readonly score: Accepted & { readonly own: number };
  /** Milliseconds to the first token, the median. */
  readonly firstTokenMs: Change & { readonly fewShot: number };
  /** Mails that content is measured on: those of the test and others. */
  readonly contentMails: number;
  /** Share of replies that claim nothing beyond the mail. */
  readonly grounded: Change & { readonly habits: number };
  /** Share of replies that are whole text: no loop, nothing said twice, nothing broken. */
  readonly sound: Change & { readonly habits: number };
  /** Share of wishes that drafts follow. */
  readonly obeyed: Change;
  readonly style: { readonly own: StyleFeatures; readonly general: StyleFeatures; readonly mine: StyleFeatures };
  readonly examples: readonly StyleExample[];
}

/** A mail with the owner's answer and those of each way. */
export interface StyleExample extends Answered {
  readonly mail: string;
  readonly own: string;
  /** Where a line says what to write. */
  readonly told: Answered & { readonly line: string };
}

type Answered = Readonly<Record<Way, string>>;

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
const MOST_READ = 100;
/** ours: one mail more or less is then the two points that may be lost. */
const CONTENT_MAILS = 60;
const WISHED_MAILS = 50;
const TIMED_MAILS = 12;
const EXAMPLES = 5;
const SHOTS = 5;
/** Of the others' texts, one in so many measures the verifier and does not train it. */
const UNSEEN = 5;

/** Measures over the GGUF alone, in the owner's habits, and with the adapter. Throws what the signal is aborted with. */
export async function measureStyle(options: Sides & Required<Subject>): Promise<StyleFigures> {
  const { recipe, session, model, adapter, ownNames, answers, name, habits, train, validation, test, others } = options;
  const mails = test.slice(-MOST_MAILS);
  const shots = train.slice(-SHOTS);
  const general: Subject = { recipe, session, model, ownNames, answers, name };
  const mine: Subject = { ...general, adapter, habits };
  const more = contentMails(options).slice(0, Math.max(0, CONTENT_MAILS - mails.length));
  const content: readonly Asked[] = [...mails, ...more];
  const read = test.slice(-MOST_READ);
  const perplexity = { general: await readPerplexity(general, read), mine: await readPerplexity(mine, read) };
  const { free, told, toMore } = await askEveryWay({ general, mine, habits, mails, shots, more });
  const inContent = (share: typeof groundedShare) => ({
    general: share(mine, content, [...free.general, ...toMore.general]),
    habits: share(mine, content, [...free.habits, ...toMore.habits]),
    mine: share(mine, content, [...free.mine, ...toMore.mine]),
  });
  const timed = mails.slice(-TIMED_MAILS);
  const firstTokenMs = {
    general: await timeFirstToken(general, { mails: timed }),
    mine: await timeFirstToken(mine, { mails: timed }),
    fewShot: await timeFirstToken(general, { mails: timed, shots }),
  };
  const wished = content.slice(-WISHED_MAILS);
  const obeyed = { general: await obeyedShare(general, wished), mine: await obeyedShare(mine, wished, habits) };
  return {
    perplexity,
    ...judgeAuthorship({ train, validation, test, others }, { mails, free, told, habits }),
    firstTokenMs,
    contentMails: content.length,
    ...{ grounded: inContent(groundedShare), sound: inContent(soundShare), obeyed },
    style: {
      own: describeStyle(test.map(textOf)),
      general: describeStyle(free.general),
      mine: describeStyle(free.mine),
    },
    examples: mails.slice(0, EXAMPLES).map((row, index) => ({
      ...{ mail: renderEmail(row.email), own: row.reply },
      ...ofEach(free, (replies) => replies[index]),
      told: { line: lineBehind(row, ownNames), ...ofEach(told, (replies) => replies[index]) },
    })),
  };
}

/** What a verifier of the owner's texts against others' says of the replies in each way. */
function judgeAuthorship(
  { train, validation, test, others }: Pick<Sides, "train" | "validation" | "test" | "others">,
  { mails, free, told, habits }: { mails: readonly OwnReply[]; free: Replies; told: Replies; habits: Habits },
): Pick<StyleFigures, "verifier" | "accepted" | "acceptedTold" | "acceptedBare" | "score"> {
  const [own, later] = [[...train, ...validation].map(textOf), test.map(textOf)];
  const toBare = (texts: readonly string[]) => texts.map((text) => bareText(text, habits));
  const judged = judge({ own, later, others });
  const bare = judge({ own: toBare(own), later: toBare(later), others: toBare(others) });
  return {
    verifier: judged.errors,
    accepted: { own: judged.own, ...ofEach(free, judged.accepted) },
    acceptedTold: ofEach(told, judged.accepted),
    acceptedBare: { own: bare.own, ...ofEach(free, (replies) => bare.accepted(toBare(replies))) },
    score: { own: judged.meanScore(mails.map(textOf)), ...ofEach(free, judged.meanScore) },
  };
}

/** Replies to `mails` in every way, as they come and where a line says what to write; to `more` in the ways that may be used. */
async function askEveryWay(options: {
  general: Subject;
  mine: Subject;
  habits: Habits;
  mails: readonly OwnReply[];
  shots: readonly OwnReply[];
  more: readonly Asked[];
}): Promise<{ free: Replies; told: Replies; toMore: Omit<Replies, "fewShot"> }> {
  const { general, mine, habits, mails, shots, more } = options;
  const groups = { free: { mails }, told: { mails, isTold: true }, more: { mails: more } };
  const inPrompt = { shown: { mails, shots }, shownTold: { mails, isTold: true, shots } };
  const alone = await answerGroups(general, { ...groups, ...inPrompt });
  const adapted = await answerGroups(mine, groups);
  const each = async (group: keyof typeof groups) => {
    const inHabitsOf = (replies: readonly string[]) => repliesInHabits(groups[group].mails, replies, habits);
    return {
      ...{ general: alone[group], habits: await inHabitsOf(alone[group]) },
      mine: await inHabitsOf(adapted[group]),
    };
  };
  return {
    free: { ...(await each("free")), fewShot: alone.shown },
    told: { ...(await each("told")), fewShot: alone.shownTold },
    toMore: await each("more"),
  };
}

/** A verifier of the owner's texts against others', its errors on texts it has not seen, and what it says of more. */
function judge({ own, later, others }: Readonly<Record<"own" | "later" | "others", readonly string[]>>) {
  const isUnseen = (_: string, index: number) => index % UNSEEN === 0;
  const verifier = trainVerifier({ own, others: others.filter((text, index) => !isUnseen(text, index)) });
  const accepted = (texts: readonly string[]) => acceptedShare(verifier, texts) ?? 0;
  const share = accepted(later);
  return {
    ...{ own: share, accepted },
    errors: {
      ...{ missed: 1 - share, calibrationError: verifier.calibrationError },
      taken: acceptedShare(verifier, others.filter(isUnseen)),
    },
    meanScore: (texts: readonly string[]) =>
      (1000 * texts.reduce((sum, text) => sum + verifier.score(text), 0)) / (texts.length || 1),
  };
}

const textOf = ({ reply }: { reply: string }) => reply;
/** Without greeting and closing, the owner's own among them. */
export const bareText = (reply: string, habits: Habits) =>
  splitReply(withoutClosing(reply, habits)).sentences.join(" ");

type Way = "general" | "habits" | "mine" | "fewShot";
type Replies = Readonly<Record<Way, readonly string[]>>;
const ofEach = <T>(ways: Replies, figure: (replies: readonly string[]) => T): Readonly<Record<Way, T>> => ({
  ...{ general: figure(ways.general), habits: figure(ways.habits) },
  ...{ mine: figure(ways.mine), fewShot: figure(ways.fewShot) },
});

/** Mails of the mailbox that content is measured on beside those of the test. */
const contentMails = ({ unanswered }: Sides): Asked[] => unanswered.map((email) => ({ id: email.id, email }));
