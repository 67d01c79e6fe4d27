/** Sender, tone and details of a sample mail, drawn once, so that its parts are consistent. */
import { invariant } from "../errors.ts";
import { createRandom, type Random } from "../random.ts";
import { expandPhrase, fillSlots, type Tone } from "./grammar.ts";
import type { Relation } from "./intent.ts";
import { LAST_NAMES, MEN, WOMEN } from "./names.ts";
import { COMPANY_HEADS, COMPANY_KINDS, COMPANY_TAILS, THINGS } from "./things.ts";

/** Somebody who writes or gets mail. */
export interface Persona {
  readonly first: string;
  readonly last: string;
  readonly name: string;
  readonly address: string;
  readonly company: string;
  readonly role: string;
  readonly phone: string;
  readonly title: "Ms." | "Mr." | "Dr." | "Prof.";
}

/** The facts of one conversation. `slot` gives each named detail its text, the same text every time. */
export interface Scene {
  readonly writer: Persona;
  readonly reader: Persona;
  readonly tone: Tone;
  readonly date: Date;
  slot(name: string): string;
}

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** A person from nothing; `company` makes them a colleague. */
export function drawPersona(random: Random, company?: string): Persona {
  const woman = random.integer(2) === 0;
  const first = random.pick(woman ? WOMEN : MEN);
  const last = random.pick(LAST_NAMES);
  const employer = company ?? drawCompany(random);
  const local = [
    `${asciiWord(first)}.${asciiWord(last)}`,
    `${asciiWord(first)[0]}.${asciiWord(last)}`,
    asciiWord(first),
  ];
  return {
    first,
    last,
    name: `${first} ${last}`,
    address: `${local[random.integer(8) % 3]}@${companyDomain(employer)}`,
    company: employer,
    role: simplePhrase(random.integer(6) === 0 ? "seniorRole" : "role", random),
    phone: `+${10 + random.integer(80)} ${100 + random.integer(900)} ${1000 + random.integer(9000)}${random.integer(10)}`,
    title: random.integer(12) === 0 ? random.pick(["Dr.", "Prof."] as const) : woman ? "Ms." : "Mr.",
  };
}

/** The same person writing from a private address. */
export function asPrivate(persona: Persona): Persona {
  return { ...persona, address: `${asciiWord(persona.first)}.${asciiWord(persona.last)}@mail.example` };
}

/** How likely each tone is between people of a relation. */
export function drawTone(relation: Relation, random: Random): Tone {
  const draw = random.next();
  switch (relation) {
    case "friend":
      return draw < 0.85 ? "casual" : "neutral";
    case "colleague":
      return draw < 0.1 ? "formal" : draw < 0.6 ? "neutral" : "casual";
    case "neighbour":
      return draw < 0.1 ? "formal" : draw < 0.65 ? "neutral" : "casual";
    case "client":
    case "supplier":
      return draw < 0.45 ? "formal" : draw < 0.92 ? "neutral" : "casual";
    case "stranger":
      return draw < 0.55 ? "formal" : draw < 0.95 ? "neutral" : "casual";
    default:
      return relation satisfies never;
  }
}

/** Starts a scene; details are drawn when a phrase first asks for them, each from its own seed, so order does not matter. */
export function createScene(details: {
  seed: string;
  writer: Persona;
  reader: Persona;
  tone: Tone;
  date: Date;
}): Scene {
  const { seed, writer, reader, tone, date } = details;
  const known = new Map<string, string>();

  const scene: Scene = {
    writer,
    reader,
    tone,
    date,
    slot(name) {
      let text = known.get(name);
      if (text === undefined) {
        text = drawSlot(name, createRandom(`${seed}/${name}`));
        known.set(name, text);
      }
      return text;
    },
  };

  // One style of dates, times, money and numbers for each mail.
  const style = createRandom(`${seed}/style`);
  const monthFirst = style.integer(3) === 0;
  const clock = style.integer(3);
  const currency = style.integer(4);
  const orderStyle = style.integer(4);
  const offsets = { date: 3 + style.integer(18), date2: 0, day: 2 + style.integer(12), deadline: 0 };
  offsets.date2 = offsets.date + 2 + style.integer(12);
  const people = [drawPersona(style), drawPersona(style)];

  function drawSlot(name: string, random: Random): string {
    switch (name) {
      case "owner":
        return reader.first;
      case "ownerFull":
        return reader.name;
      case "ownerTitle":
        return `${reader.title} ${reader.last}`;
      case "ownerCompany":
        return reader.company;
      case "me":
        return writer.name;
      case "company":
        return writer.company;
      case "domain":
        return companyDomain(scene.slot("company2"));
      case "company2":
        return drawCompany(random);
      case "username":
        return `${asciiWord(writer.first)[0]}${asciiWord(writer.last)}${10 + random.integer(90)}`;
      case "personFull":
        return people[0].name;
      case "personFirst":
        return people[0].first;
      case "personB":
        return people[1].name;
      case "anyRole":
        return simplePhrase("role", random);
      case "date":
        return dateText(plusDays(date, offsets.date), monthFirst);
      case "past":
        return dateText(plusDays(date, -4 - random.integer(30)), monthFirst);
      case "date2":
        return dateText(plusDays(date, offsets.date2), monthFirst);
      case "day": {
        const day = nextWorkday(plusDays(date, offsets.day));
        return `${WEEKDAYS[day.getUTCDay()]}, ${dateText(day, monthFirst)}`;
      }
      case "weekday":
        return WEEKDAYS[1 + random.integer(5)];
      case "weekday2": {
        const first = WEEKDAYS.indexOf(scene.slot("weekday"));
        return WEEKDAYS[1 + ((first + random.integer(4)) % 5)];
      }
      case "time":
        return timeText(8 + random.integer(9), random.integer(4) * 15, clock);
      case "time2":
        return timeText(9 + random.integer(9), random.integer(2) * 30, clock);
      case "deadline":
        return simpleTemplate(random.pick(DEADLINE_FORMS), random, scene);
      case "deadline2":
        return simpleTemplate(
          random.pick(["Before {weekday2}", "By {weekday2}", "Some time before {date2}"]),
          random,
          scene,
        );
      case "amount":
        return amountText(random, currency);
      case "order":
        return orderText(random, orderStyle);
      case "invoice":
        return random.pick([
          `INV-${10000 + random.integer(90000)}`,
          `${2000 + random.integer(8000)}-${10 + random.integer(90)}`,
          `R${100000 + random.integer(900000)}`,
        ]);
      case "number2":
        return String(Number(scene.slot("number")) + 1 + random.integer(9));
      case "items":
        return pluralOf(scene.slot("item"));
      default:
        return simpleTemplate(random.pick(thing(name)), random, scene);
    }
  }

  return scene;
}

const DEADLINE_FORMS = [
  "{weekday2}",
  "{weekday2}",
  "{weekday2}",
  "{date2}",
  "{date2}",
  "{weekday2} {part}",
  "the end of the week",
  "the end of {month}",
  "noon on {weekday2}",
  "next {weekday2}",
];

function thing(name: string): readonly string[] {
  const list = THINGS[name];
  invariant(list !== undefined, `no slot {${name}} in things.ts`);
  return list;
}

function simpleTemplate(template: string, random: Random, scene: Scene): string {
  return fillSlots(expandPhrase(template, scene.tone, random), scene.slot);
}

/** A phrase of a table that has no slots inside. */
function simplePhrase(name: string, random: Random): string {
  return expandPhrase(random.pick(thing(name)), "neutral", random);
}

function drawCompany(random: Random): string {
  const kind = random.pick(COMPANY_KINDS);
  const name = `${random.pick(COMPANY_HEADS)}${random.pick(COMPANY_TAILS)}`;
  return kind ? `${name} ${kind}` : name;
}

function companyDomain(company: string): string {
  return `${company
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}.example`;
}

/** "Łukasz" -> "lukasz": letters of a name as they stand in addresses. */
function asciiWord(name: string): string {
  return name
    .toLowerCase()
    .replace(/ł/g, "l")
    .replace(/ø/g, "o")
    .normalize("NFD")
    .replace(/[^a-z]/g, "");
}

function plusDays(date: Date, days: number): Date {
  return new Date(date.getTime() + days * 86_400_000);
}

function nextWorkday(date: Date): Date {
  const weekday = date.getUTCDay();
  return plusDays(date, weekday === 0 ? 1 : weekday === 6 ? 2 : 0);
}

function dateText(date: Date, monthFirst: boolean): string {
  const [day, month] = [date.getUTCDate(), MONTHS[date.getUTCMonth()]];
  return monthFirst ? `${month} ${day}` : `${day} ${month}`;
}

function timeText(hour: number, minute: number, clock: number): string {
  const minutes = String(minute).padStart(2, "0");
  if (clock === 0) return `${hour}:${minutes}`;
  const [half, hour12] = [hour < 12 ? "am" : "pm", hour > 12 ? hour - 12 : hour];
  if (clock === 1) return minute === 0 ? `${hour12} ${half}` : `${hour12}:${minutes} ${half}`;
  return `${hour12}:${minutes} ${half.toUpperCase()}`;
}

function amountText(random: Random, currency: number): string {
  const value = random.pick([
    random.integer(90) + 10,
    random.integer(900) + 100,
    random.integer(900) + 100,
    random.integer(9000) + 1000,
  ]);
  const cents = random.integer(3) === 0 ? `.${String(random.integer(100)).padStart(2, "0")}` : "";
  const number = `${value.toLocaleString("en-US")}${cents}`;
  return [`€${number}`, `$${number}`, `${number} euros`, `£${number}`][currency];
}

function orderText(random: Random, style: number): string {
  const digits = String(10000 + random.integer(90000));
  const letter = "ABCDEFGHJKLMNPRSTUVWXYZ"[random.integer(23)];
  return [`#${digits}`, `${letter}-${digits}`, digits, `${letter}${letter}${digits}`][style];
}

/** "shelf" -> "shelves", "dining chair" -> "dining chairs". */
function pluralOf(item: string): string {
  if (/(?:knife|shelf)$/.test(item)) return item.replace(/fe?$/, "ves");
  if (/(?:s|x|ch|sh)$/.test(item)) return `${item}es`;
  return `${item}s`;
}
