/**
 * A made-up mailbox, for the quickstart, for tests and for making the shipped base model: people write to its owner for
 * some forty reasons, and some of them, and the owner, write back. A message depends on the seed and its place only,
 * never on how many are asked for.
 */
import { createWriteStream } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { explainWriteError } from "../errors.ts";
import type { Person } from "../mail/index.ts";
import { createRandom, type Random } from "../random.ts";
import { encodeMboxMessage } from "../sources/index.ts";
import { type Composed, composeMail, composeNews, composePersonReply } from "./compose.ts";
import { fillSlots } from "./grammar.ts";
import type { Intent, Relation } from "./intent.ts";
import { MEETINGS } from "./meetings.ts";
import { writeMessage } from "./mime.ts";
import { NEWS_SENDERS } from "./news.ts";
import { hideOrder } from "./orders.ts";
import { PEOPLE } from "./people.ts";
import { REQUESTS } from "./requests.ts";
import { asPrivate, createScene, drawPersona, drawTone, type Persona, type Scene } from "./scene.ts";
import { TRADE } from "./trade.ts";
import { WORK } from "./work.ts";

/** One message of a sample mailbox. */
export interface SampleMessage {
  /** Place in the mailbox, from 0. */
  readonly index: number;
  readonly threadIndex: number;
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly from: Person;
  readonly to: Person;
  /** ISO 8601 in UTC. */
  readonly date: string;
  readonly subject: string;
  /** The new text with its greeting and sign-off; without signature block and quoted history. */
  readonly body: string;
  /** The text with `{slot}` in place of details, to count how many differ in more than details. */
  readonly skeleton: string;
  /** Why it was written; a reply has the intent of what it answers. */
  readonly intent: string;
  readonly tone: Scene["tone"];
  /** Written by the owner of the mailbox, as an answer. */
  readonly isReplyByOwner: boolean;
  /** An answer in a person's own words, by the owner or to the owner. */
  readonly isPersonReply: boolean;
  /** The order to a machine that hides in it; null in most mails. */
  readonly order: string | null;
  /** RFC 5322 message with LF line ends, as it stands in an mbox file before `From ` lines are quoted. */
  readonly raw: string;
}

/** What decides a sample mailbox. */
export interface SampleOptions {
  readonly seed: number | string;
  readonly count: number;
}

/** Every intent of the sample mailbox but the newsletters. */
export const SAMPLE_INTENTS: readonly Intent[] = [...MEETINGS, ...REQUESTS, ...TRADE, ...WORK, ...PEOPLE];

/** The address of who owns the mailbox with this seed. */
export function sampleOwner(seed: SampleOptions["seed"]): string {
  return drawOwner(seed).address;
}

const drawOwner = (seed: SampleOptions["seed"]) => drawPersona(createRandom(`${seed}/owner`));

/** How many messages of the mailbox with this seed it takes until `received` of them are by others than its owner. */
export function countUntilReceived({ seed, received }: { seed: SampleOptions["seed"]; received: number }): number {
  const owner = sampleOwner(seed);
  let others = 0;
  for (const { index, from } of generateSampleMailbox({ seed, count: Number.POSITIVE_INFINITY })) {
    if (others === received) return index;
    if (from.address !== owner) others++;
  }
  return 0; // the row has no end
}

/** The messages of the mailbox with this seed, the first `count` of an endless row. */
export function* generateSampleMailbox({ seed, count }: SampleOptions): Generator<SampleMessage> {
  const owner = drawOwner(seed);
  let index = 0;
  for (let threadIndex = 0; index < count; threadIndex++) {
    for (const message of generateThread({ seed, threadIndex, owner })) {
      if (index === count) return;
      yield { index, ...message };
      index++;
    }
  }
}

/** Writes the mailbox as an mboxrd file; written beside and renamed, so the file is whole or absent. */
export async function writeSampleMailbox(path: string, options: SampleOptions): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.from(mboxTexts(options)), createWriteStream(partial));
    await rename(partial, path);
  } catch (error) {
    throw explainWriteError(error, path);
  }
}

function* mboxTexts(options: SampleOptions): Generator<string> {
  for (const message of generateSampleMailbox(options)) {
    yield encodeMboxMessage(message.raw, message.from.address, new Date(message.date));
  }
}

type ThreadMessage = Omit<SampleMessage, "index">;

interface Thread {
  readonly seed: number | string;
  readonly threadIndex: number;
  readonly owner: Persona;
}

const FIRST_DATE = Date.UTC(2025, 0, 6, 7, 30);
const MINUTES_BETWEEN_THREADS = 47;
const INTENT_WEIGHTS: Readonly<Record<string, number>> = {
  "meeting-schedule": 3,
  "meeting-reschedule": 2,
  "document-request": 2,
  "product-question": 2,
  "quote-request": 2,
  "feedback-request": 2,
  "support-problem": 2,
  "status-request": 2,
  "follow-up": 2,
  "complaint-late": 2,
  "complaint-faulty": 2,
  "survey-request": 0.5,
  "policy-notice": 0.7,
  "lost-item": 0.7,
  farewell: 0.7,
  "event-reminder": 0.7,
};

/** One conversation: a single mail, a mail with answers, or a mail of the owner with an answer. */
function* generateThread({ seed, threadIndex, owner }: Thread): Generator<ThreadMessage> {
  const key = `${seed}/thread/${threadIndex}`;
  const random = createRandom(key);
  const started = new Date(FIRST_DATE + threadIndex * MINUTES_BETWEEN_THREADS * 60_000 + random.integer(40) * 60_000);
  const kind = random.next();

  const intent = drawIntent(random);
  const relation = random.pick(intent.relations);
  const other = drawOther(relation, owner, random);
  const byOwner = kind >= 0.9;
  const [writer, reader] = byOwner ? [owner, other] : [other, owner];
  const scene = createScene({ seed: key, writer, reader, tone: drawTone(relation, random), date: started });
  const write = createThreadWriter({ key, threadIndex, owner, random });

  if (kind < 0.025) {
    yield write(composeNews(scene, random), scene, { intent: "newsletter", date: started, news: true });
    return;
  }
  const composed = composeMail(intent, scene, random);
  const { mail: first, order } = byOwner
    ? { mail: composed, order: null }
    : hideOrder(composed, createRandom(`${key}/order`));
  yield write(first, scene, { intent: intent.name, date: started, order });
  if (kind < 0.68) return;

  const answerScene = swapSides(scene, random);
  const answered = later(started, random);
  const answer = composePersonReply(intent, answerScene, composed.subject, random);
  yield write(answer, answerScene, { intent: intent.name, date: answered, isPersonReply: true });
  if (kind < 0.82 || byOwner) return;

  const third = composeMail(random.pick([THANKS, THANKS, STATUS]), scene, random);
  yield write({ ...third, subject: answer.subject }, scene, { intent: "thanks", date: later(answered, random) });
}

const THANKS = intentNamed("thanks");
const STATUS = intentNamed("status-report");

function intentNamed(name: string): Intent {
  return SAMPLE_INTENTS.find((intent) => intent.name === name)!;
}

const TOTAL_WEIGHT = SAMPLE_INTENTS.reduce((sum, intent) => sum + weightOf(intent), 0);

function weightOf(intent: Intent): number {
  return INTENT_WEIGHTS[intent.name] ?? 1;
}

function drawIntent(random: Random): Intent {
  let rest = random.next() * TOTAL_WEIGHT;
  for (const intent of SAMPLE_INTENTS) {
    rest -= weightOf(intent);
    if (rest < 0) return intent;
  }
  return SAMPLE_INTENTS[0];
}

function drawOther(relation: Relation, owner: Persona, random: Random): Persona {
  if (relation === "colleague") return drawPersona(random, owner.company);
  const persona = drawPersona(random);
  const isPrivate =
    relation === "friend" || relation === "neighbour" || (relation === "stranger" && random.integer(2) === 0);
  return isPrivate ? asPrivate(persona) : persona;
}

/** The same facts, seen from the other side. */
function swapSides(scene: Scene, random: Random): Scene {
  const [writer, reader] = [scene.reader, scene.writer];
  const tone = scene.tone === "formal" && random.integer(3) > 0 ? "neutral" : scene.tone;
  const own: Readonly<Record<string, string>> = {
    owner: reader.first,
    ownerFull: reader.name,
    ownerTitle: `${reader.title} ${reader.last}`,
    ownerCompany: reader.company,
    company: writer.company,
    me: writer.name,
  };
  return { writer, reader, tone, date: scene.date, slot: (name) => own[name] ?? scene.slot(name) };
}

function later(date: Date, random: Random): Date {
  return new Date(date.getTime() + (25 + random.integer(2400)) * 60_000);
}

interface WriteDetails {
  readonly intent: string;
  readonly date: Date;
  readonly isPersonReply?: boolean;
  readonly order?: string | null;
  readonly news?: boolean;
}

/** Gives messages their ids, quotes what they answer, and writes them out. */
function createThreadWriter(thread: { key: string; threadIndex: number; owner: Persona; random: Random }) {
  const { key, threadIndex, owner, random } = thread;
  const ids: string[] = [];
  let previous: { from: Person; date: Date; body: string } | null = null;

  return (composed: Composed, scene: Scene, details: WriteDetails): ThreadMessage => {
    const { writer, reader } = scene;
    const from = details.news ? newsSender(scene, random) : senderOf(writer, scene.tone, random);
    const to = { name: random.integer(4) === 0 ? "" : reader.name, address: reader.address };
    const id = createRandom(`${key}/id/${ids.length}`);
    const domain = from.address.slice(from.address.indexOf("@") + 1);
    const messageId = `<${id.integer(2 ** 31).toString(36)}.${id.integer(2 ** 31).toString(36)}@${domain}>`;
    const inReplyTo = ids.at(-1) ?? null;
    const references = [...ids];
    const signature =
      !details.news && random.next() < (scene.tone === "casual" ? 0.15 : 0.4) ? signatureOf(writer, random) : "";
    const quote = previous && random.next() < 0.65 ? quoteOf(previous, random) : "";
    const extra = details.news ? [`List-Unsubscribe: <https://${domain}/unsubscribe>`, "Precedence: bulk"] : [];
    const headers = {
      from,
      to,
      date: details.date,
      subject: composed.subject,
      messageId,
      inReplyTo,
      references,
      extra,
    };
    const raw = writeMessage(headers, composed.body + signature + quote, random);
    ids.push(messageId);
    previous = { from, date: details.date, body: composed.body };
    const isPersonReply = details.isPersonReply ?? false;
    return {
      threadIndex,
      messageId,
      inReplyTo,
      references,
      from,
      to,
      date: details.date.toISOString(),
      subject: composed.subject,
      body: composed.body,
      skeleton: composed.skeleton,
      intent: details.intent,
      tone: scene.tone,
      isReplyByOwner: isPersonReply && writer.address === owner.address,
      isPersonReply,
      order: details.order ?? null,
      raw,
    };
  };
}

/** Most names are plain; some stand as "Lopez, Maria", with a title, or are missing. */
function senderOf(writer: Persona, tone: Scene["tone"], random: Random): Person {
  const draw = random.next();
  const { address } = writer;
  if (writer.title === "Dr." || writer.title === "Prof.")
    return { name: draw < 0.6 ? `${writer.title} ${writer.name}` : writer.name, address };
  if (draw < 0.04) return { name: `${writer.last}, ${writer.first}`, address };
  if (draw < 0.06) return { name: "", address };
  if (draw < 0.1 && tone === "formal") return { name: `${writer.title} ${writer.name}`, address };
  return { name: writer.name, address };
}

function newsSender(scene: Scene, random: Random): Person {
  const [name, local] = random.pick(NEWS_SENDERS);
  return { name: fillSlots(name, scene.slot), address: `${local}@${scene.slot("domain")}` };
}

function signatureOf(writer: Persona, random: Random): string {
  const lines = [writer.name, `${writer.role}, ${writer.company}`, writer.phone, `www.${writer.address.split("@")[1]}`];
  return `\n\n-- \n${lines.slice(0, 2 + random.integer(3)).join("\n")}`;
}

function quoteOf(previous: { from: Person; date: Date; body: string }, random: Random): string {
  const { from, date, body } = previous;
  const name = from.name || from.address;
  if (random.integer(4) === 0) {
    return `\n\n-----Original Message-----\nFrom: ${name} <${from.address}>\nSent: ${date.toUTCString()}\n\n${body}`;
  }
  const quoted = body.split("\n").map((line) => (line ? `> ${line}` : ">"));
  return `\n\nOn ${date.toUTCString().slice(0, 22)}, ${name} wrote:\n${quoted.join("\n")}`;
}
