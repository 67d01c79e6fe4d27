/**
 * How an owner greets, ends, and shortens words: habits of writing that a count of their own replies shows, and that are laid over finished text. They
 * change no claim, so they cost nothing of what a reply says; what is said, and in which words, is the model's.
 */
import { type DetectLanguage, findOtherLanguage } from "../../checks/portable.ts";
import { splitReply } from "../../mail/portable.ts";
import { goOn } from "./joining.ts";

/** Habits in one language; null where no way is usual, and the model's own stays. */
export interface Habit {
  /** "Hi {name}," or "" for none. */
  readonly greeting: string | null;
  /** What stands between greeting and text. */
  readonly behindGreeting: string;
  /** "Best,\nTom", or "" for none. */
  readonly closing: string | null;
  /** "I'm" for "I am"; in English alone. */
  readonly contracts: boolean | null;
  /** Whether a reply may begin by thanking for the mail, and hold exclamation marks. */
  readonly thanks: boolean;
  readonly exclaims: boolean;
}

/** By language, ISO 639-1. */
export type Habits = Readonly<Record<string, Habit>>;

/** A reply that the owner wrote, to whom, and its language. */
export interface OwnText {
  readonly reply: string;
  readonly senderName: string;
  readonly language: string;
}

/** ours: what at least so large a share of replies does is a habit, what at most so small a one does is none. */
const USUAL = 0.5;
const SELDOM = 0.1;
/** ours: replies in a language, and places where a word may be shortened, below which a count says nothing. */
const LEAST = 10;

/** Habits as a file carries them (JSON); undefined where it has none, or they cannot be read: a reply is then the model's own. */
export function readHabits(text: string | null): Habits | undefined {
  if (text === null) return undefined;
  try {
    const habits = JSON.parse(text) as Habits; // checked on the next line
    const isHabit = (of: Habit) => typeof of?.behindGreeting === "string" && typeof of.thanks === "boolean";
    return typeof habits === "object" && habits !== null && Object.values(habits).every(isHabit) ? habits : undefined;
  } catch {
    return undefined;
  }
}

/** Counts the habits of replies, each language by itself; none where a language has fewer than ten. */
export function learnHabits(texts: readonly OwnText[]): Habits {
  const languages = [...new Set(texts.map(({ language }) => language))];
  const known = languages.map((language) => [language, texts.filter((text) => text.language === language)] as const);
  return Object.fromEntries(
    known.filter(([, own]) => own.length >= LEAST).map(([language, own]) => [language, habitOf(own, language)]),
  );
}

function habitOf(own: readonly OwnText[], language: string): Habit {
  const openings = own.map(({ reply, senderName }) => openingOf(reply, senderName));
  const greeting = usual(openings.map((opening) => opening.pattern));
  const behind = openings.filter(({ pattern }) => pattern === greeting).map((opening) => opening.behind);
  const share = (texts: readonly string[], test: RegExp) => texts.filter((text) => test.test(text)).length / own.length;
  const replies = own.map(({ reply }) => reply);
  return {
    ...{ greeting, behindGreeting: usual(behind) ?? "\n\n", closing: usualClosing(replies) },
    contracts: language === "en" ? usuallyContracts(replies) : null,
    thanks:
      share(
        openings.map(({ rest }) => rest.trimStart()),
        THANKS,
      ) > SELDOM,
    exclaims: share(replies, /!/) > SELDOM,
  };
}

/** The commonest of `values`, where at least so large a share of them is it. */
function commonest(values: readonly string[], least: number): string | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first !== undefined && first[1] >= least * values.length ? first[0] : null;
}

/** The commonest of `values`, where it is usual. */
const usual = (values: readonly string[]) => commonest(values, USUAL);

/** A greeting with the name left open, and the white space behind it. */
function openingOf(reply: string, senderName: string): { pattern: string; behind: string; rest: string } {
  const text = reply.trim();
  const names = senderName.match(/\p{L}{2,}/gu) ?? [];
  const bare =
    names.length === 0 ? undefined : new RegExp(`^(?:${names.join("|")})[ \\t]*[,:–-]+(?=\\s)`, "iu").exec(text)?.[0];
  const greeting = bare ?? splitReply(text).greeting;
  const rest = text.slice(greeting === "" ? 0 : text.indexOf(greeting) + greeting.length);
  if (greeting === "") return { pattern: "", behind: "", rest };
  const behind = /^\s*/.exec(rest)![0];
  const isName = (word: string) =>
    names.some((name) => name.toLowerCase() === word.toLowerCase()) || /^\p{Lu}/u.test(word);
  let isFirst = bare === undefined;
  const pattern = greeting.replace(/\p{L}[\p{L}'’.-]*/gu, (word) => {
    const stays = isFirst || EVERYBODY.has(word.toLowerCase()) || !isName(word);
    isFirst = false;
    return stays ? word : "{name}";
  });
  return {
    pattern: pattern.replace(/(?:\{name\}[ \t]*)+/g, "{name}"),
    behind: behind.includes("\n") ? "\n\n" : " ",
    rest,
  };
}

const EVERYBODY = new Set(["all", "everyone", "everybody", "folks", "team", "there"]);

/** ours: a closing is no longer, in lines and in words of a line. */
const CLOSING_LINES = 3;
const CLOSING_WORDS = 5;

/**
 * The longest ending of whole lines that is usual; the commonest formula where it is usual that there is one, now this, now that; "" where replies usually
 * end with their last sentence.
 */
function usualClosing(replies: readonly string[]): string | null {
  const endings = replies.map((reply) => {
    const lines = reply
      .trim()
      .split("\n")
      .map((line) => line.trim());
    const isShort = (line: string) => {
      const words = line.split(/\s+/).length;
      return words <= CLOSING_WORDS && (THANKS.test(line) || !/[.?!]$/.test(line)); // a sentence claims something
    };
    const last = lines.slice(1).slice(-CLOSING_LINES);
    return last.slice(last.findLastIndex((line) => !isShort(line)) + 1);
  });
  for (let size = CLOSING_LINES; size > 0; size--) {
    const ending = usual(
      endings.map((lines) => (lines.length < size || lines.at(-size) === "" ? "" : lines.slice(-size).join("\n"))),
    );
    if (ending !== null && ending !== "") return ending;
  }
  const signOffs = replies.map((reply) => splitReply(reply).signOff.replace(/\n\s*\n/g, "\n"));
  const some = signOffs.filter((signOff) => signOff !== "");
  if (some.length >= USUAL * replies.length) return commonest(some, SELDOM);
  return some.length <= SELDOM * replies.length ? "" : null;
}

/** A text of the model in the owner's habits. Text in a language whose habits are not known stays as it is. `language` is the one that is expected of it. */
export function inHabits(
  text: string,
  of: { habits: Habits; language: string; senderName: string; detect?: DetectLanguage },
): string {
  const pieces = layHabits(text, { ...of, language: languageOf(text, of) });
  return pieces === null ? text : `${pieces.greeting}${pieces.sentences.join("")}${pieces.closing}`;
}

/** The language whose habits a text is laid in: its own where that surely is another than expected, for a small model may answer in none but its own. */
export function languageOf(
  text: string,
  { language, detect }: { readonly language: string; readonly detect?: DetectLanguage },
): string {
  if (detect === undefined || findOtherLanguage(text, language, detect) === undefined) return language;
  return detect(text) ?? language;
}

/** A text in the owner's habits by parts; put together they are the whole. Null where there are none to lay over it, or it says nothing but hello. */
export function layHabits(
  text: string,
  { habits, language, senderName }: { habits: Habits; language: string; senderName: string },
): { greeting: string; sentences: readonly string[]; closing: string } | null {
  const habit = habits[language];
  const parts = splitReply(text);
  if (habit === undefined || isGreetingAlone(text)) return null;
  const [first, second] = parts.sentences;
  const kept = !habit.thanks && second !== undefined && THANKS.test(first) ? parts.sentences.slice(1) : parts.sentences;
  const own = greetingFor(habit, senderName);
  const before = own ?? parts.greeting;
  const behind = own === null ? /^\s*/.exec(text.trimStart().slice(parts.greeting.length))![0] : habit.behindGreeting;
  const greeting = before === "" ? "" : before + behind;
  let at = text.indexOf(kept[0]);
  const sentences = kept.map((sentence, index) => {
    const from = text.indexOf(sentence, at);
    const between = index === 0 ? "" : text.slice(at, from);
    at = from + sentence.length;
    return between + habitualWords(index === 0 ? begin(sentence, { greeting, language }) : sentence, habit);
  });
  const closing =
    habit.closing === null ? text.slice(at).trimEnd() : habit.closing === "" ? "" : `\n\n${habit.closing}`;
  return { greeting, sentences, closing };
}

/** Whether a text has no word beyond greeting and closing; `splitReply` takes a greeting for the sentence of such a text. */
function isGreetingAlone(text: string): boolean {
  const { greeting, sentences } = splitReply(text);
  if (greeting !== "" || sentences.length === 0) return sentences.length === 0;
  const [line] = text.trim().split("\n", 1);
  const opening = splitReply(`${line}\n\nThen more`).greeting;
  const rest = text.trim().slice(opening.length);
  return opening !== "" && splitReply(`Then more\n\n${rest}`).sentences.length === 1;
}

/** The first sentence behind a greeting's comma, or with a capital; German goes on behind a comma on a new line too, and its nouns keep their capital. */
function begin(sentence: string, { greeting, language }: { greeting: string; language: string }): string {
  if (language === "de" && greeting.trimEnd().endsWith(",")) return sentence;
  return greeting.endsWith(", ") ? goOn(sentence) : sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function greetingFor({ greeting }: Habit, senderName: string): string | null {
  if (greeting === null || !greeting.includes("{name}")) return greeting;
  if (senderName !== "") return greeting.replace("{name}", () => senderName);
  const [before, ...behind] = greeting.split("{name}");
  return before === "" ? "" : before.trimEnd() + behind.join("{name}");
}

function habitualWords(sentence: string, { contracts, exclaims }: Habit): string {
  const calm = exclaims ? sentence : sentence.replace(/!+/g, ".");
  return contracts === null ? calm : contracts ? contract(calm) : expand(calm);
}

/** Thanks for the mail, as the first sentence. */
const THANKS = /^(?:many )?(?:thanks|thank you)\b/i;

/** What is shortened, and how; before a word, for "that is." stays. Longer ones stand first. */
const SHORT: readonly (readonly [string, string])[] = [
  ...(["do", "does", "did", "is", "are", "was", "were", "would", "could", "should", "has", "had"] as const).map(
    (verb) => [`${verb} not`, `${verb}n't`] as const,
  ),
  ...([
    ["cannot", "can't"],
    ["can not", "can't"],
    ["will not", "won't"],
    ["have not", "haven't"],
    ["I am", "I'm"],
  ] as const),
  ...(["I", "you", "we", "they", "it"] as const).map((who) => [`${who} will`, `${who}'ll`] as const),
  ...(["you", "we", "they"] as const).map((who) => [`${who} are`, `${who}'re`] as const),
  ...(["it", "that", "there"] as const).map((what) => [`${what} is`, `${what}'s`] as const),
  ["I would", "I'd"],
];
const SHORTENING = SHORT.map(([long, short]) => ({
  ...{ long, short, longs: new RegExp(`\\b${long}(?= \\p{L})`, "giu") },
  shorts: new RegExp(`\\b${short.replace("'", "['’]")}(?!\\p{L})`, "giu"),
}));
/** "it's" may be "it has": such are not written out. */
const CLEAR = SHORTENING.filter(({ short }) => !/'(?:s|d)$/.test(short));

function contract(text: string): string {
  return SHORTENING.reduce((said, { longs, short }) => said.replace(longs, (was) => likeFirst(was, short)), text);
}

function expand(text: string): string {
  return CLEAR.reduce((said, { shorts, long }) => said.replace(shorts, (was) => likeFirst(was, long)), text);
}

/** "It is" becomes "It's", "it is" "it's". */
const likeFirst = (was: string, now: string) =>
  /^\p{Lu}/u.test(was) ? now.charAt(0).toUpperCase() + now.slice(1) : now;

/** Whether shortened words are usual or seldom; null between, and where there are too few places to tell. */
function usuallyContracts(replies: readonly string[]): boolean | null {
  const count = (find: (of: (typeof SHORTENING)[number]) => RegExp) =>
    replies.reduce(
      (sum, reply) => sum + SHORTENING.reduce((all, of) => all + (reply.match(find(of))?.length ?? 0), 0),
      0,
    );
  const [short, long] = [count(({ shorts }) => shorts), count(({ longs }) => longs)];
  if (short + long < LEAST) return null;
  const share = short / (short + long);
  return share >= 1 - 2 * SELDOM ? true : share <= 2 * SELDOM ? false : null;
}
