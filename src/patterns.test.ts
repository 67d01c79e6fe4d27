/**
 * Every pattern, fed with 20,000 characters of the kinds it finds hardest: a pattern that tries again from every place is fast on real
 * mail and stands still on a mail made for it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
// Loaded first: their own patterns see pieces of 40 characters, and the selectors that we write.
import "libphonenumber-js/max";
import "html-to-text";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { findSlowText, type SlowText } from "../scripts/fixtures/hard-texts.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** All but those that read only our own files or what the person typed: their modules are loaded for the patterns they put together. */
const ROOMS = [
  ...["mail", "sources", "redact", "checks", "prompts", "builtin", "judge", "metrics", "sample", "style"],
  ...["endpoint", "distill", "evaluate", "reply", "inbox", "serve", "view", "tokens", "formats"],
];
const CHARACTERS = 20_000;
const LIMIT_MS = 100; // a quadratic pattern takes a second and more

interface Pattern {
  readonly file: string;
  readonly place: string;
  readonly regex: RegExp;
}

const modulesOf = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.(?:test|fixture)\.tsx?$/.test(name))
    .map((name) => `${folder}/${name.split(sep).join("/")}`);

/** Patterns written as literals. */
function literalsOf(file: string): Pattern[] {
  const tree = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest);
  const found: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      const place = `${file}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;
      found.push({ file, place, regex: new RegExp(node.text.slice(1, end), node.text.slice(end + 1)) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Patterns that a module puts together when it is loaded. A module that makes none is not loaded: most of the time went there. */
async function builtBy(all: readonly string[]): Promise<Pattern[]> {
  const loaded = all.filter((name) => readFileSync(join(root, name), "utf8").includes("RegExp("));
  const found: Pattern[] = [];
  const Real = globalThis.RegExp;
  let file = "";
  class Recorded extends Real {
    constructor(pattern: string | RegExp, flags?: string) {
      super(pattern, flags);
      if (file !== "") found.push({ file, place: `${file}, put together`, regex: new Real(pattern, flags) });
    }
  }
  globalThis.RegExp = Recorded as RegExpConstructor;
  try {
    for (const name of loaded) {
      file = name;
      await import(pathToFileURL(join(root, name)).href);
      file = "";
    }
  } finally {
    globalThis.RegExp = Real;
  }
  return found;
}

const literals = ["src", "web", "clients/thunderbird/src"].flatMap(modulesOf).flatMap(literalsOf);
const patterns = [...literals, ...(await builtBy(ROOMS.flatMap((room) => modulesOf(`src/${room}`))))];

/** A slow pattern in words: where it stands, and the text. */
function tell({ place, regex }: Pattern, { begin, pump, end, characters, timeMs }: SlowText): string {
  const text = [begin, `${characters} characters of ${JSON.stringify(pump)}`, end];
  const whole = text.map((part, i) => (i === 1 ? part : JSON.stringify(part))).filter((part) => part !== '""');
  const time = timeMs === null ? "does not end" : `takes ${Math.round(timeMs)} ms`;
  return `${place} /${regex.source.slice(0, 120)}/${regex.flags} ${time} on ${whole.join(" + ")}`;
}

it("finds the patterns of every room", () => {
  for (const room of ROOMS)
    expect(
      patterns.some(({ file }) => file.startsWith(`src/${room}/`)),
      room,
    ).toBe(true);
  expect(patterns.length).toBeGreaterThan(1500);
});

it("reads any text in time that grows with its length", { timeout: 300_000 }, () => {
  const seen = new Set<string>();
  const slow = patterns.flatMap((pattern) => {
    const key = String(pattern.regex);
    if (seen.has(key)) return [];
    seen.add(key);
    const text = findSlowText(pattern.regex, { limitMs: LIMIT_MS });
    return text === null ? [] : [tell(pattern, text)];
  });
  expect(slow).toEqual([]);
});

describe("the search for a slow text", () => {
  it.each([
    /^(?:\p{Ll}{4,}-?)+\d?$/u, // two that stood in these rooms, and did not end on one long word
    /^(?:(?:\[[^\]\n]+\]|\{[^}\n]+\}|<[^>\n]+>|\p{Lu}[\p{L}\p{M}'’-]*)[ \t,]*){1,4}$/u,
    /[.!?…)]\s+((?:(?:de|van|der|den|von|da|di|del|dos|du)[ ])?(?:\p{Lu}[\p{L}\p{M}'’-]*[ ]?(?:(?:de|van|der|den|von|da|di|del|dos|du)[ ]){0,2}){1,3})$/u,
    /(?:a+)+$/, // classic ones
    /^(?:\w+\s?)*$/,
    /(?:\d|\d\d)*x/,
    /^(?:[^,]*,)*[^,]*,(?:[^,]*,)*;/,
    /order=(?:\w+\.?)*;/, // only behind a word
    /^(?:hi|dear)(?:[ \t]+(?:(?:mr|dott)\.[ \t]*(?:ssa[ \t]+)?)*[^\s,.!?:;]+){0,5}[ \t]*(?:,|\n+)/i, // in two roles: title, word
    /ул\. ?(?:\p{Lu}[\p{L}.-]{0,20} ?){1,4}\d/u,
  ])("is stopped where a pattern does not end: %s", (regex) => {
    expect(findSlowText(regex, { limitMs: LIMIT_MS, standingMs: 300 })).not.toBeNull();
  });

  it.each([
    /[?!.]+$/,
    /\s*:/,
    /<[^>]*>/,
    /\w+@\w+/,
    /(?:\d+,)+x/,
    /^["']+(.{0,500}?)["']+$/, // a name in quotes, until they were counted from their ends
    /\?[^\p{L}]*(?:\n[^\n]{0,60}){0,3}$/u,
    /^[ \t]*[,.]?[ \t]*$/,
    /\s+\S*$/,
    /(?<=\(.*)x/,
    /^["']+|["']+$/g, // what an analyser of patterns found and an earlier form of this search did not
    /^data:\s*(.*)$/,
    /^[^\S\n]*reply:/gm,
    /\b\p{L}+['’]s\b/iu,
    /<[\w:]*think[\w:]*>$/,
    /total:\s*\s*;/, // only behind a word
  ])("finds one for a pattern that tries again from every place: %s", (regex) => {
    expect(findSlowText(regex, { limitMs: LIMIT_MS })?.timeMs).toBeGreaterThan(LIMIT_MS);
  });

  it.each([
    /(?<!\s)\s+$/,
    /\s*/,
    /[a-z]{1,40}@[a-z]{1,40}$/,
    /^\p{Ll}{4,}(?:-\p{Ll}{4,})*-?\d?$/u,
    /\b(?:one|two|three)\b/i,
    /"[^"\n]{0,200}"$/,
    /(?:^|\n)> ?[^\n]*/g,
  ])("finds none for a pattern that does not: %s", (regex) => {
    expect(findSlowText(regex, { limitMs: LIMIT_MS })).toBeNull();
  });

  it("tells the place and the text", () => {
    const pattern = { file: "mail/x.ts", place: "mail/x.ts:7", regex: /x$/u };
    const text = { begin: "a ", pump: "\n", end: "!", characters: 600 };
    expect(tell(pattern, { ...text, timeMs: null })).toBe(
      'mail/x.ts:7 /x$/u does not end on "a " + 600 characters of "\\n" + "!"',
    );
    expect(tell(pattern, { ...text, begin: "", timeMs: 120.4 })).toBe(
      'mail/x.ts:7 /x$/u takes 120 ms on 600 characters of "\\n" + "!"',
    );
  });
});

/** What reads a whole text with several patterns, up to sixty, or with none where a pattern would try again from every place. */
const READERS = [
  ["names", async () => (await import("./checks/names.ts")).findNames],
  [
    "injected orders",
    async () => {
      const { answerEvaluation } = await import("./builtin/evaluation-judge.ts");
      return (text: string) =>
        answerEvaluation({ messages: [{ role: "user", content: `<<<EMAIL\n${text}\nEMAIL>>>` }] });
    },
  ],
  ["orders to machines", async () => (await import("./mail/meaning/orders.ts")).dropOrders],
  ["greeting and sign-off", async () => (await import("./mail/meaning/sentences.ts")).splitReply],
  ["streets", async () => (await import("./redact/streets.ts")).findStreets],
  ["addresses", async () => (await import("./mail/mime/addresses.ts")).parseAddressText],
  ["a model's answer", async () => (await import("./prompts/model-text.ts")).readModelText],
  [
    "signs of a mail",
    async () => {
      const { triggerFeatures } = await import("./reply/trigger/features.ts");
      return (text: string) => triggerFeatures({ text });
    },
  ],
] as const; // loaded in the test, not before the patterns of modules are recorded

const TEXTS = [
  ...["(", "A ", "Ann (", "a. ", "ignore ", '"', "Dear ", "mail-", "?", " ", "\n", "\\"].map((pump) => ["", pump, ""]),
  ...["?", '"', "to ' ", "A-", " ", "\n"].map((pump) => ["", pump, "!"]),
  ...[
    ["hi ", "mr.ssa ", ""],
    ["to", " ", "!"],
    ["```", "\n", ""],
    ['"', "'", "a"],
    ["", `ул. ${"А".repeat(80)} `, ""],
  ],
].map(([begin, pump, end]) => begin + pump.repeat(CHARACTERS / pump.length) + end);

it.each(READERS)("finds %s in time that grows with the length", async (_, load) => {
  const read = (await load()) as (text: string) => unknown;
  for (const text of TEXTS) {
    const began = process.cpuUsage();
    read(text);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000, text.slice(0, 60)).toBeLessThan(12 * LIMIT_MS);
  }
});
