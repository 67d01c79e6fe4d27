/** From an intent and a scene to the text of a mail: which sentences, in which order, in which paragraphs. */
import type { Random } from "../random.ts";
import { capitalize, expandPhrase, fillSlots, type Tone } from "./grammar.ts";
import type { Intent } from "./intent.ts";
import { NEWS_FOOTERS, NEWS_PARAGRAPHS, NEWS_SUBJECTS } from "./news.ts";
import type { Scene } from "./scene.ts";
import {
  ASK_LINKS,
  CLOSINGS,
  DEADLINES,
  DISTRACTORS,
  GREETINGS,
  PLEASANTRIES,
  REPLY_CLOSINGS,
  REPLY_OPENINGS,
  REPLY_SIDES,
  REQUEST_FORMS,
  SIGN_OFFS,
} from "./shared.ts";

/** Subject and text of a mail, and the text with its details taken out. */
export interface Composed {
  readonly subject: string;
  /** Greeting, paragraphs, sign-off; no signature block, no quoted history. */
  readonly body: string;
  /** The body with `{slot}` where details stand: two mails with one skeleton differ in details only. */
  readonly skeleton: string;
}

type Length = "short" | "medium" | "long";

/** A mail of `intent`, written by the writer of the scene. */
export function composeMail(intent: Intent, scene: Scene, random: Random): Composed {
  const { tone } = scene;
  const length: Length = (["short", "medium", "medium", "long"] as const)[random.integer(4)];
  const say = (template: string) => sentence(template, tone, random);

  const opening = chance(random, tone === "casual" ? 0.3 : 0.4) ? [say(random.pick(PLEASANTRIES[tone]))] : [];
  const details = random.shuffle(intent.details).slice(0, { short: 0, medium: 1, long: 2 }[length]);
  const context = [say(random.pick(intent.contexts)), ...details.map(say)];
  const asks = composeAsks(intent, length, tone, random);
  const aside = chance(random, { short: 0.1, medium: 0.3, long: 0.6 }[length])
    ? [say(random.pick(DISTRACTORS[tone]))]
    : [];
  const closing = composeClosing(intent, length, tone, random);

  const paragraphs = random.pick(LAYOUTS[length])({ opening, context, asks, aside, closing });
  return finish({ paragraphs, subject: sentence(random.pick(intent.subjects), tone, random), scene, random });
}

/** What the reader of a mail of `intent` writes back, as people do; `scene` has writer and reader already changed over. */
export function composePersonReply(intent: Intent, scene: Scene, subject: string, random: Random): Composed {
  const { tone } = scene;
  const say = (template: string) => sentence(template, tone, random);
  const opening = say(random.pick(REPLY_OPENINGS[tone]));
  const answers = random.shuffle(intent.answers).slice(0, 1).map(say);
  const sides = random
    .shuffle(REPLY_SIDES)
    .slice(0, random.pick([0, 1, 1, 2]))
    .map(say);
  const closing = chance(random, 0.4) ? [say(random.pick(REPLY_CLOSINGS[tone]))] : [];
  const first = [opening, ...answers].filter(Boolean);
  const paragraphs = chance(random, 0.5) ? [first, sides, closing] : [[...first, ...sides], closing];
  return finish({ paragraphs, subject: `Re: ${subject.replace(/^Re: /, "")}`, scene, random });
}

/** A newsletter or notice that nobody has to answer. */
export function composeNews(scene: Scene, random: Random): Composed {
  const say = (template: string) => sentence(template, "neutral", random);
  const paragraphs = random
    .shuffle(NEWS_PARAGRAPHS)
    .slice(0, 3 + random.integer(2))
    .map(say);
  const skeleton = [...paragraphs, say(random.pick(NEWS_FOOTERS))].join("\n\n");
  return {
    subject: fillSentence(say(random.pick(NEWS_SUBJECTS)), scene),
    body: skeleton
      .split("\n")
      .map((line) => fillSentence(line, scene))
      .join("\n"),
    skeleton,
  };
}

interface Parts {
  readonly opening: readonly string[];
  readonly context: readonly string[];
  readonly asks: readonly string[];
  readonly aside: readonly string[];
  readonly closing: readonly string[];
}

/** Orders of the parts: people put the ask first or last, and small talk where it comes to mind. */
const LAYOUTS: Readonly<Record<Length, readonly ((parts: Parts) => readonly (readonly string[])[])[]>> = {
  short: [
    (p) => [[...p.opening, ...p.context, ...p.asks, ...p.aside], p.closing],
    (p) => [[...p.opening, ...p.context, ...p.asks, ...p.aside, ...p.closing]],
    (p) => [p.opening, [...p.context, ...p.asks], p.aside, p.closing],
  ],
  medium: [
    (p) => [[...p.opening, ...p.context], p.asks, [...p.aside, ...p.closing]],
    (p) => [
      [...p.opening, ...p.context, ...p.asks],
      [...p.aside, ...p.closing],
    ],
    (p) => [p.opening, p.context, [...p.asks, ...p.closing], p.aside],
    (p) => [[...p.opening, ...p.aside], [...p.context, ...p.asks], p.closing],
  ],
  long: [
    (p) => [p.opening, p.context, p.asks, [...p.aside, ...p.closing]],
    (p) => [[...p.opening, ...p.aside], p.context, [...p.asks, ...p.closing]],
    (p) => [[...p.opening, ...p.context], [...p.aside, ...p.asks], p.closing],
    (p) => [[...p.opening, ...p.context.slice(0, 1)], [...p.context.slice(1), ...p.asks], p.aside, p.closing],
  ],
};

function composeAsks(intent: Intent, length: Length, tone: Tone, random: Random): string[] {
  const [main = [], ...others] = intent.asks;
  const more = { short: 0.15, medium: 0.4, long: 0.75 }[length];
  const chosen = main.length > 0 ? [random.pick(main)] : [];
  for (const group of others) if (chance(random, main.length > 0 ? more : 0.5)) chosen.push(random.pick(group));
  // A third ask comes from the first two groups again, in other words.
  const rest = others.flat().filter((ask) => !chosen.includes(ask));
  if (length === "long" && chosen.length === 2 && rest.length > 0 && chance(random, 0.3))
    chosen.push(random.pick(rest));

  const sentences = chosen.map((ask) => wordAsk(ask, tone, random));
  const hasDeadline = chosen.some((ask) => /deadline|date|weekday|day\}/.test(ask));
  if (chosen.length > 0 && !hasDeadline && chance(random, 0.3))
    sentences.push(sentence(random.pick(DEADLINES[tone]), tone, random));
  if (sentences.length > 1 && length === "long" && chance(random, 0.15)) {
    return [sentences.map((text, index) => `${index + 1}. ${text}`).join("\n")];
  }
  return sentences.map((text, index) => (index === 0 || index >= chosen.length ? text : link(text, random)));
}

/** Words an ask: a bare verb phrase ("~send …") gets a form of request. */
function wordAsk(ask: string, tone: Tone, random: Random): string {
  if (!ask.startsWith("~")) return sentence(ask, tone, random);
  const phrase = expandPhrase(ask.slice(1), tone, random);
  const form = random.pick(REQUEST_FORMS[tone]);
  // "Let me know" and "tell me" already carry the request.
  if (/^(?:let|tell) (?:me|us)\b/.test(phrase) && chance(random, 0.6))
    return sentence(random.pick([`Please ${phrase}.`, `${phrase}, please.`, `Please ${phrase}.`]), tone, random);
  return capitalize(form.replace("%", () => phrase));
}

function link(ask: string, random: Random): string {
  const words = random.pick(ASK_LINKS);
  if (words === "" || /^I\b/.test(ask) || ask.startsWith("{")) return ask;
  return words + ask.charAt(0).toLowerCase() + ask.slice(1);
}

function composeClosing(intent: Intent, length: Length, tone: Tone, random: Random): string[] {
  const own = sentence(random.pick(intent.closings), tone, random);
  const shared = sentence(random.pick(CLOSINGS[tone]), tone, random);
  if (length === "short") return chance(random, 0.6) ? [random.pick([own, shared])] : [];
  return chance(random, 0.3) && !sameThanks(own, shared) ? [own, shared] : [random.pick([own, own, shared])];
}

function sameThanks(a: string, b: string): boolean {
  const thanks = /thank|grateful|forward|questions|call/i;
  return thanks.test(a) && thanks.test(b);
}

function finish(parts: {
  paragraphs: readonly (readonly string[])[];
  subject: string;
  scene: Scene;
  random: Random;
}): Composed {
  const { paragraphs, subject, scene, random } = parts;
  const { tone } = scene;
  const greeting = expandPhrase(random.pick(GREETINGS[tone]), tone, random);
  const signOff = expandPhrase(random.pick(SIGN_OFFS[tone]), tone, random);
  const name = tone === "formal" || chance(random, 0.15) ? scene.writer.name : scene.writer.first;
  const skeleton = [greeting, ...paragraphs.filter((list) => list.length > 0).map((list) => list.join(" "))].join(
    "\n\n",
  );
  const ending = fillSlots(signOff ? `${signOff}\n${name}` : name, scene.slot);
  const body = skeleton
    .split("\n")
    .map((line) => fillSentence(line, scene))
    .join("\n");
  return { subject: fillSentence(subject, scene), body: `${body}\n\n${ending}`, skeleton };
}

/** Expands a template into a sentence with a capital first letter (a slot in front is capitalised when filled). */
function sentence(template: string, tone: Tone, random: Random): string {
  return capitalize(expandPhrase(template, tone, random));
}

/** Fills the slots of a line; a slot at the start of a sentence gets a capital letter. */
function fillSentence(line: string, scene: Scene): string {
  const capitalized = line.replace(/(^|[.?!] )(\{[^}]{1,99}\})/g, (_, before: string, slot: string) => {
    return before + capitalize(fillSlots(slot, scene.slot));
  });
  return fillSlots(capitalized, scene.slot);
}

function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}
