/**
 * Every pattern of the rooms that read mail, replies and answers of models, fed with 20,000 characters of the kinds it finds hardest:
 * a pattern that tries again from every place is fast on real mail and stands still on a mail made for it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import "libphonenumber-js/max"; // loaded first: its own patterns see pieces of 40 characters
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL(".", import.meta.url));
/** All but those that read only our own files or what the person typed. */
const ROOMS = [
  ...["mail", "sources", "redact", "checks", "prompts", "builtin", "judge", "metrics", "sample", "style"],
  ...["endpoint", "distill", "evaluate", "reply", "inbox", "serve", "view", "tokens", "formats"],
];
const CHARACTERS = 20_000;
const LIMIT_MS = 100; // a quadratic pattern takes a second and more
/** A shorter look first: what takes no time there is linear, and what takes long there need not be run at full length. */
const SCREEN_CHARACTERS = 1000;
const CLEAR_MS = 0.5; // a quadratic pattern makes half a million steps
const STANDING_MS = 100;

interface Pattern {
  readonly file: string;
  readonly regex: RegExp;
}

const files = ROOMS.flatMap((room) =>
  readdirSync(join(source, room), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ts$/.test(name) && !/\.(?:test|fixture)\.ts$/.test(name))
    .map((name) => `${room}/${name.split(sep).join("/")}`),
);

/** Patterns written as literals. */
function literalsOf(file: string): Pattern[] {
  const tree = ts.createSourceFile(file, readFileSync(join(source, file), "utf8"), ts.ScriptTarget.Latest);
  const found: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      found.push({ file, regex: new RegExp(node.text.slice(1, end), node.text.slice(end + 1)) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Patterns that a module puts together when it is loaded. A module that makes none is not loaded: most of the time went there. */
async function builtBy(all: readonly string[]): Promise<Pattern[]> {
  const loaded = all.filter((name) => readFileSync(join(source, name), "utf8").includes("RegExp("));
  const found: Pattern[] = [];
  const Real = globalThis.RegExp;
  let file = "";
  class Recorded extends Real {
    constructor(pattern: string | RegExp, flags?: string) {
      super(pattern, flags);
      if (file !== "") found.push({ file, regex: new Real(pattern, flags) });
    }
  }
  globalThis.RegExp = Recorded as RegExpConstructor;
  try {
    for (const name of loaded) {
      file = name;
      await import(pathToFileURL(join(source, name)).href);
      file = "";
    }
  } finally {
    globalThis.RegExp = Real;
  }
  return found;
}

/** What is repeated to make a hard text: single characters, and the pieces that the pattern itself looks for. */
function pumpsOf({ source: pattern }: RegExp): string[] {
  const literals = pattern
    .replace(
      /\\[pP]\{[^}]*\}|\(\?(?:<?[=!]|:|<\w+>)|\\[bBdDsSwWnrt]|\{\d*,?\d*\}|\\u[\da-f]{4}|\\x[\da-f]{2}|[[\](){}?+*^$|\\]/giu,
      "\n",
    )
    .split("\n")
    .filter((piece) => piece !== "");
  const words = [...new Set(literals)].sort((a, b) => b.length - a.length).slice(0, 8);
  const characters = [...new Set(literals.join(""))].filter((character) => !/[a-z0-9]/i.test(character)).slice(0, 12);
  return [
    ...[
      " ",
      "a",
      "A",
      "1",
      "\n",
      "\t",
      ".",
      "(",
      "<",
      "-",
      "王",
      "a ",
      "A ",
      "Aa ",
      "1 ",
      "a.",
      "a, ",
      "a\n",
      "1-",
      "> ",
      "(a",
      "a@",
      " \n",
      "é",
    ],
    ...characters,
    ...characters.map((character) => `a${character}`),
    ...words.flatMap((word) => [word, `${word} `, `${word}a `, `a ${word}`]),
  ];
}

function timeOf(regex: RegExp, text: string): number {
  const again = regex.sticky || regex.global ? regex : new RegExp(regex, `${regex.flags}g`);
  again.lastIndex = 0;
  const began = process.cpuUsage();
  if (regex.sticky) regex.exec(text);
  else for (const match of text.matchAll(again)) if (match.index < 0) break;
  const { user, system } = process.cpuUsage(began); // not the wall's clock: other processes count there
  return (user + system) / 1000;
}

const patterns = [...files.flatMap(literalsOf), ...(await builtBy(files))];

it("finds the patterns of every room", () => {
  for (const room of ROOMS)
    expect(
      patterns.some(({ file }) => file.startsWith(`${room}/`)),
      room,
    ).toBe(true);
  expect(patterns.length).toBeGreaterThan(500);
});

it("reads any text in time that grows with its length", { timeout: 300_000 }, () => {
  const slow: string[] = [];
  for (const { file, regex } of patterns) {
    const isSlow = (pump: string) => {
      const make = (length: number) => pump.repeat(Math.ceil(length / pump.length)).slice(0, length);
      const screen = make(SCREEN_CHARACTERS);
      const timeMs = Math.min(timeOf(regex, screen), timeOf(regex, screen));
      if (timeMs < CLEAR_MS) return false;
      if (timeMs > STANDING_MS) return true;
      const text = make(CHARACTERS);
      return timeOf(regex, text) > LIMIT_MS && timeOf(regex, text) > LIMIT_MS; // a busy machine may be slow once
    };
    const worst = pumpsOf(regex).find(isSlow);
    if (worst !== undefined)
      slow.push(`${file} /${regex.source.slice(0, 80)}/${regex.flags} on ${JSON.stringify(worst)}`);
  }
  expect(slow).toEqual([]);
});

it("tries no word in all the ways in which it can be cut", () => {
  const ruled = patterns.filter(({ file }) => /^(?:checks\/quantities|mail\/meaning\/sentences)\.ts$/.test(file));
  expect(ruled.length).toBeGreaterThan(5);
  for (const { regex } of ruled)
    for (const text of [`${"a".repeat(60)}!`, `${"A".repeat(300)}!`, `. ${"A".repeat(2000)}!`])
      expect(timeOf(regex, text), regex.source).toBeLessThan(LIMIT_MS);
});

it("finds names and injected orders in time that grows with the length", async () => {
  const { answerEvaluation } = await import("./builtin/evaluation-judge.ts"); // not before the patterns of modules are recorded
  const { findNames } = await import("./checks/names.ts");
  for (const pump of ["(", "A ", "Ann (", "a. ", "ignore ", '"', "Dear "]) {
    const text = pump.repeat(CHARACTERS / pump.length);
    const email = `<<<EMAIL\n${text}\nEMAIL>>>`;
    const began = process.cpuUsage();
    findNames(text);
    answerEvaluation({ messages: [{ role: "user", content: email }] });
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000, pump).toBeLessThan(5 * LIMIT_MS);
  }
});
