/** `personalise` on a small run: what it learns, what never gets in, what is refused, and that nothing is left when it is forgotten. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeJsonlFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import type { Habits } from "../reply/index.ts";
import { runPaths } from "../run.ts";
import { findModel } from "./model.ts";
import { ownPair as own, writePersonalRun } from "./personal.fixture.ts";
import { personaliseStage } from "./personalise.ts";
import { answerGroups, isSound, obeyedShare, type Subject } from "./personalise-answers.ts";
import { findStyle, findStyleModels, forgetStyle } from "./personalise-files.ts";
import { bareText, type StyleFigures } from "./personalise-measure.ts";
import { readOthers, readOwnReplies } from "./personalise-read.ts";
import { lineBehind, styleRows, unfounded } from "./personalise-rows.ts";
import { findStrength, strongestOfBest } from "./personalise-strength.ts";
import { judgeStyle } from "./personalise-verdict.ts";
import { inRunFolder } from "./stage.ts";
import { evaluatedEmail, scratchFolder } from "./tiny.fixture.ts";

const root = scratchFolder();
/** Words that stand in sent mail beside what must not be learnt. */
const CANARY = "quetzalcoatl";
let copy: Awaited<ReturnType<typeof writePersonalRun>>;

beforeAll(async () => {
  copy = await writePersonalRun(root);
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const personalise = (run: string) => inRunFolder({ run }, {}, (context) => personaliseStage(context));
const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test("learns the owner's replies, keeps what is private out of every file, and forgets all of it", async () => {
  const secrets = [
    own(50, `the password for the server is ${CANARY}7!x, keep it to yourself`),
    own(51, `write to ${CANARY}@example.org about the report and the rest of it`),
    own(52, `it lies on https://example.org/${CANARY}/report for all of you there`),
  ];
  const run = await copy("whole", [...Array.from({ length: 40 }, (_, i) => own(i)), ...secrets]);
  const report = await personalise(run);
  expect(report.replies).toMatchObject({ train: 28, validation: 4, test: 8, leftOut: { private: 3 } });
  expect(report.perplexity.mine).toBeLessThan(report.perplexity.general);
  expect(report.examples).toHaveLength(5);
  const style = join(run, "style");
  for (const path of filesBelow(style)) expect([path, readFileSync(path).includes(CANARY)]).toEqual([path, false]);
  const { used, habits } = report;
  if (used === null) await expect(findStyle(runPaths(run))).rejects.toThrow(report.refused!);
  else
    expect(await findStyle(runPaths(run))).toEqual({
      ...(used === "adapter and habits" && { adapter: join(style, "adapter.gguf") }),
      habits,
    });
  expect(findStyleModels(runPaths(run))).toEqual(
    used === "adapter and habits" ? [join(style, "model-mine-q8_0.gguf")] : [],
  );
  expect(await personalise(run)).toEqual(report); // complete: nothing is done again
  expect(await forgetStyle(runPaths(run))).toBe(true);
  expect(existsSync(style)).toBe(false);
  expect(await forgetStyle(runPaths(run))).toBe(false);
  await expect(findStyle(runPaths(run))).rejects.toThrow("has no style of yours");
}, 240_000);

test("learns no reply to a mail alone that says more than the mail, and none that says more than mail and line", () => {
  const email = evaluatedEmail(1);
  const replies = [
    { ...own(1, "well, I will look at it, go on with it then"), email },
    { ...own(2, "well, it came to 4,711 in the end, and Zacharias has it"), email },
    { ...own(3, Array.from({ length: 12 }, (_, i) => `line ${i}: ${1000 + 37 * i} units`).join(", ")), email },
  ];
  const ids = replies.map(({ id }) => id);
  expect(unfounded(replies[0])).toEqual([]);
  expect(unfounded(replies[1]).map(({ text }) => text)).toEqual(["4,711", "Zacharias"]);
  expect(unfounded(replies[1], ["Zacharias Lee"]).map(({ text }) => text)).toEqual(["4,711"]);
  expect(unfounded(replies[1], [lineBehind(replies[1])])).toEqual([]);
  const { rows, split, learnt } = styleRows(replies, { train: ids, validation: [], test: [] });
  expect(split.train).toEqual(["own-1", "own-1/told", "own-2/told"]);
  expect(rows.map(({ id }) => id).sort()).toEqual([...split.train].sort());
  expect(learnt).toEqual({ alone: 1, told: 2, neither: 1 });
  const trainedOf = (most: number) => {
    const { rows, split, learnt } = styleRows(
      [own(5), ...replies],
      { train: ["own-5", ...ids], validation: [], test: [] },
      { most },
    );
    expect(rows.map(({ id }) => id).sort()).toEqual([...split.train].sort());
    return [split.train, learnt];
  };
  expect(trainedOf(4)).toEqual([
    ["own-5/told", "own-1", "own-1/told", "own-2/told"],
    { alone: 1, told: 3, neither: 1 },
  ]);
  const oneWayEach = [["own-5/told", "own-1", "own-2/told"], { alone: 1, told: 2, neither: 1 }];
  for (const most of [3, 1]) expect(trainedOf(most)).toEqual(oneWayEach); // no reply is dropped
  const { rows: judged, split: sides } = styleRows(replies, { train: ["own-1"], validation: ["own-3"], test: [] });
  expect(sides.validation).toEqual(["own-3"]); // not learnt, but a training is judged by something
  expect(judged.map(({ id }) => id).sort()).toEqual(["own-1", "own-1/told", "own-2/told", "own-3"]);
  const lines = new Map([["own-1", "say go on"]]);
  const told = styleRows(replies, { train: ids, validation: [], test: [] }, { lines });
  expect(told.rows.find(({ id }) => id === "own-1/told")?.steering).toBe("say go on");
});

test("learns a reply without what the owner's habits lay over it, and no line that says the owner's name", () => {
  const en: Habits[string] = {
    ...{ greeting: "Hi {name},", behindGreeting: "\n\n", closing: "Cheers,\nBen" },
    ...{ contracts: null, thanks: true, exclaims: true },
  };
  const learn = (reply: string, ways: Partial<Habits[string]> | null = {}) => {
    const row = { ...own(1, reply), email: evaluatedEmail(1) };
    const habitOf = () => (ways === null ? undefined : { ...en, ...ways });
    const sides = { train: [row.id], validation: [], test: [] };
    return styleRows([row], sides, { names: ["Ben Ray"], habitOf }).rows[0];
  };
  const letter = "Hi Ada,\n\nit is there :-)\n\nCheers,\nBen";
  expect(learn(letter).reply).toBe("it is there :-)");
  expect(learn(letter, { greeting: null }).reply).toBe("Hi Ada,\n\nit is there :-)");
  expect(learn("it is there :-/\n\nBen", null).reply).toBe("it is there :-/");
  expect(learn("Cheers,\nBen").reply).toBe("Cheers,\nBen"); // nothing else stands in it
  expect(lineBehind({ ...own(1, "the report is ready :-/\n\nBen Ray") }, ["Ray, Ben"])).toBe(
    "say report ready, in one sentence",
  );
});

test("asks the model alone once for what it says to a mail, whatever it is asked for and whosever style is measured", async () => {
  const run = await copy("alone", []);
  const mails = [0, 1, 2].map((i) => ({ id: `m${i}`, email: evaluatedEmail(i) }));
  await inRunFolder({ run }, {}, async ({ folder: { recipe, paths }, session }) => {
    const alone: Subject = {
      ...{ recipe, session, model: findModel(paths), ownNames: [], answers: join(run, "answers"), name: "" },
    };
    const { calibration } = await answerGroups(alone, { calibration: { mails } });
    const obeyed = await obeyedShare(alone, mails);
    const style = { ...recipe.style, author: "Ann Lee" };
    const gone: Subject = { ...alone, model: join(run, "gone.gguf"), recipe: { ...recipe, style } };
    expect(await answerGroups(gone, { free: { mails: mails.slice(1) } })).toEqual({ free: calibration.slice(1) });
    expect(await obeyedShare(gone, mails)).toBe(obeyed);
    await expect(answerGroups(gone, { told: { mails, isTold: true } })).rejects.toThrow("gone.gguf");
    await expect(answerGroups({ ...gone, adapter: "mine" }, { free: { mails } })).rejects.toThrow("gone.gguf");
  });
});

test("takes a reply for broken that loops, says a sentence twice or breaks off, not one that is long", () => {
  const email = evaluatedEmail(1);
  const sentences = ["Well, go on with it.", "It is fine by me.", "Ask Tom.", "He has the key.", "See you there."];
  expect(isSound({ email }, sentences.join(" "))).toBe(true);
  for (const broken of [
    "Ask Tom. He has the key. Ask Tom.",
    "Ask Tom, he has the",
    'Ask Tom about "the key.',
    "Ask Tom Tom.",
  ])
    expect([broken, isSound({ email }, broken)]).toEqual([broken, false]);
  const habit = { greeting: null, behindGreeting: "", contracts: null, thanks: true, exclaims: true };
  for (const closing of ["<end transmission>", "HTH\nNikos"]) {
    const habits = { en: { ...habit, closing } };
    expect(isSound({ email }, `Ask Tom.\n\n${closing}`)).toBe(false); // nobody knows that for a closing
    expect(isSound({ email }, `Ask Tom.\n\n${closing}`, habits)).toBe(true);
    expect(isSound({ email }, `Ask Tom, he has the\n\n${closing}`, habits)).toBe(false);
  }
});

test("cuts an owner's own closing off the words that a verifier compares, whatever it is", () => {
  const habit = { greeting: null, behindGreeting: "", contracts: null, thanks: true, exclaims: true };
  const habits = { en: { ...habit, closing: "<end transmission>" }, de: { ...habit, closing: "" } };
  expect(bareText("Hi Ann,\n\nask Tom. He has it.\n\n<end transmission>", habits)).toBe("ask Tom. He has it.");
  expect(bareText("ask Tom\n<end transmission>\n", habits)).toBe("ask Tom");
  expect(bareText("Ask Tom.\n\nBest,\nAnn", habits)).toBe("Ask Tom.");
});

test("takes the strongest adapter of those that do least harm", () => {
  const at = (...content: number[]) => content.map((value, i) => ({ strength: [1, 0.75, 0.5][i], content: value }));
  expect([at(0.9, 0.9, 0.9), at(0.8, 0.9, 0.9), at(0.7, 0.8, 0.9)].map(strongestOfBest)).toEqual([1, 0.75, 0.5]);
});

test("gives a strength up as soon as it cannot do, and answers the rest only where none does", async () => {
  const answered: string[] = [];
  const find = (good: Readonly<Record<string, number>>) =>
    findStrength(50, async (strength, from, to) => {
      answered.push(`${strength} ${from}-${to}`);
      const isGood = (place: number) => place >= 50 - good[`${strength}`]; // the bad ones come first
      return Array.from({ length: to - from }, (_, i) => from + i).filter(isGood).length;
    });
  const some = await find({ null: 48, 1: 30, 0.5: 47 });
  expect(some.strength).toBe(0.5);
  expect(some.tried).toEqual([
    { strength: 1, content: 0, general: 0.96, mails: 16 },
    { strength: 0.5, content: 0.94, general: 0.96, mails: 50 },
  ]);
  expect(answered.splice(0)).toEqual(["null 0-50", "1 0-16", "0.5 0-16", "0.5 16-32", "0.5 32-48", "0.5 48-50"]);
  const none = await find({ null: 50, 1: 40, 0.5: 46, 0.25: 46 });
  expect(none.strength).toBe(0.5);
  expect(none.tried.map(({ content }) => content)).toEqual([0.8, 0.92, 0.92]);
  expect(new Set(answered).size).toBe(13); // all four kinds, none twice
  expect(answered.length).toBe(13);
});

test("uses the adapter where it passes, the habits alone where only they do, and else says why nothing is used", () => {
  const passing = {
    perplexity: { general: 100, mine: 50 },
    accepted: { own: 0.9, general: 0.1, habits: 0.6, mine: 0.7, fewShot: 0.2 },
    acceptedBare: { own: 0.8, general: 0.2, habits: 0.3, mine: 0.6, fewShot: 0.1 },
    score: { own: 50, general: -100, habits: 0, mine: 10, fewShot: -50 },
    grounded: { general: 0.95, habits: 0.95, mine: 0.93 },
    sound: { general: 0.95, habits: 0.95, mine: 0.93 },
    obeyed: { general: 1, mine: 0.98 },
  } as StyleFigures;
  const accepted = (ways: Partial<StyleFigures["accepted"]>) => ({
    ...passing,
    accepted: { ...passing.accepted, ...ways },
  });
  expect(judgeStyle(passing)).toEqual({ used: "adapter and habits", refused: null });
  const ungrounded = judgeStyle({ ...passing, grounded: { general: 0.95, habits: 0.95, mine: 0.92 } });
  expect(ungrounded.used).toBe("habits");
  expect(ungrounded.refused).toMatch(/claim nothing beyond the mail fell from 95.0 % to 92.0 %/);
  // Noise over the owner's name claims nothing, and the name is the owner's.
  const noise = judgeStyle({
    ...passing,
    grounded: { general: 0.5, habits: 0.5, mine: 1 },
    sound: { general: 0.9, habits: 0.9, mine: 0.1 },
  });
  expect(noise.used).toBe("habits");
  expect(noise.refused).toMatch(/loop or a broken word fell from 90.0 % to 10.0 %/);
  // Beside a model that breaks down on this mail itself an adapter that does so no more often is no better.
  const beside = judgeStyle({ ...passing, sound: { general: 0.8, habits: 0.8, mine: 0.8 } });
  expect(beside.used).toBe("habits");
  expect(beside.refused).toMatch(/^only 80.0 % of replies are without a loop .* 80.0 % are without it\)/);
  // The name below makes all of them the owner's; whether the adapter brings anything the words between tell.
  const named = { ...accepted({ habits: 1, mine: 1 }), score: { ...passing.score, habits: 90 } };
  expect(judgeStyle(named).used).toBe("adapter and habits");
  const asBefore = judgeStyle({ ...named, acceptedBare: { ...named.acceptedBare, mine: 0.3 } });
  expect(asBefore.used).toBe("habits");
  expect(asBefore.refused).toMatch(/words sound no more like you .* takes 30.0 % for yours, and 30.0 % of those/);
  expect(judgeStyle(accepted({ mine: 0.53, habits: 0.5 })).refused).toMatch(
    /too little like you: .* 53.0 % for yours, and 90.0 %/,
  );
  expect(judgeStyle(accepted({ fewShot: 0.8 })).used).toBe(null); // five replies in the prompt do better
  const nothing = judgeStyle(accepted({ mine: 0.53, habits: 0.5 }));
  expect(nothing.used).toBe(null);
  expect(nothing.refused).toMatch(/Nor your habits of greeting and ending alone: .*50.0 %/);
});

test("refuses a mailbox that several people write from until one is named", async () => {
  const run = await copy(
    "shared",
    Array.from({ length: 40 }, (_, i) => own(i)),
  );
  const from = (i: number) => ({ name: i < 25 ? "Ann Lee" : "Bob Ray", address: "desk@example.org" });
  await writeJsonlFile(
    runPaths(run).emails,
    Array.from({ length: 40 }, (_, i) => ({ ...evaluatedEmail(i), id: `own-${i}`, from: from(i), fromOwner: true })),
  );
  await expect(personalise(run)).rejects.toThrow(/Ann Lee: 25 mails, Bob Ray: 15 mails.*'style\.author=Ann Lee'/);
  await expect(
    inRunFolder({ run, set: ["style.author=Bob Ray"] }, {}, (context) => personaliseStage(context)),
  ).rejects.toThrow(/has 15 replies of yours/);
});

test("refuses a mailbox under one name whose replies several people sign, until one is named", async () => {
  const signed = (i: number) =>
    own(i, `well, the report ${i} is ok by me, go on with it then\n\n${i < 25 ? "Ann" : "Bob"}`);
  const run = await copy(
    "signed",
    Array.from({ length: 40 }, (_, i) => signed(i)),
  );
  const from = { name: "Desk", address: "desk@example.org" };
  const sent = Array.from({ length: 40 }, (_, i) => ({ ...evaluatedEmail(i), id: `own-${i}`, from, fromOwner: true }));
  await writeJsonlFile(runPaths(run).emails, sent);
  await expect(personalise(run)).rejects.toThrow(
    /Ann: 25 replies signed, Bob: 15 replies signed.*'style\.author=Ann'.*'style\.author=Desk'/,
  );
  const { style } = (await inRunFolder({ run }, {}, async ({ folder }) => folder.recipe)) as Recipe;
  const read = async (author: string | null) => {
    const { replies, names } = await readOwnReplies(runPaths(run).pairs, {
      style: { ...style, leastReplies: 1, author },
    } as Recipe);
    return [replies.length, names];
  };
  expect(await read("Ann")).toEqual([25, ["Ann"]]);
  expect(await read("Desk")).toEqual([40, ["Desk"]]);
});

test("says what is wrong with the mail, and else how to go on, where the run has no model", async () => {
  const run = join(root, "mail-alone");
  await inRunFolder({ run }, {}, async () => {}, { makes: true });
  await writeJsonlFile(runPaths(run).pairs, [own(1)]);
  await expect(personalise(run)).rejects.toThrow(/has 1 replies of yours/);
  await writeJsonlFile(
    runPaths(run).pairs,
    Array.from({ length: 55 }, (_, i) => own(i)),
  );
  await expect(personalise(run)).rejects.toThrow(/no model.*personalise --run RUN --pairs .*mail-alone\/pairs\.jsonl/s);
});

test("takes mail under the owner's full name from an address that is not named for nobody's, and says so", async () => {
  const run = await copy("namesake", []);
  const mail = (i: number, name: string, address: string) => ({
    ...{ ...evaluatedEmail(i), id: `m${i}`, answers: "x", body: `text ${i}` },
    from: { name, address },
  });
  await writeJsonlFile(runPaths(run).emails, [
    { ...mail(1, "Tom Ray", "tom@work.example"), fromOwner: true },
    mail(2, "Ray, Tom", "tom@home.example"),
    mail(3, "Tom Lee", "tom@lee.example"),
    mail(4, "Tom", "tom@z.example"),
  ]);
  const chosen = { replies: [], leftOut: {} as never, names: ["Tom Ray"] };
  expect(await readOthers(runPaths(run).pairs, chosen)).toMatchObject({
    texts: expect.not.arrayContaining(["text 1", "text 2"]),
    unanswered: expect.toSatisfy(
      (mails: { id: string }[]) =>
        mails
          .map(({ id }) => id)
          .sort()
          .join() === "m3,m4",
    ),
    namesakes: ["tom@home.example"],
  });
  const pairs = Array.from({ length: 40 }, (_, i) => ({ ...own(i), id: "m1" }));
  await writeJsonlFile(runPaths(run).pairs, pairs);
  const stop = new AbortController();
  const lines: string[] = [];
  const line = (text: string) => {
    lines.push(text);
    stop.abort(new Error("told"));
  };
  const progress = { start() {}, update() {}, finish() {}, clear() {}, line };
  await expect(
    inRunFolder({ run }, { progress, signal: stop.signal }, (context) => personaliseStage(context)),
  ).rejects.toThrow("told");
  expect(lines).toEqual([expect.stringContaining("Mail from tom@home.example bears your name")]);
  expect(existsSync(join(run, "style", "best.json"))).toBe(false); // before anything is trained
});

test("refuses too few replies, and says what helps", async () => {
  for (const pairs of [
    [],
    [own(1, "Buy now, best prices of the spring!")].map((row) => ({ ...row, fromOwner: false })),
  ])
    await expect(personalise(await copy(`none-${pairs.length}`, pairs))).rejects.toThrow(
      /has 0 replies of yours.*sent mail/s,
    );

  const run = await copy("few", [...Array.from({ length: 10 }, (_, i) => own(i)), own(11, "ok")]);
  await expect(personalise(run)).rejects.toThrow(/10 replies of yours .*1 short.*below 30.*sent mail/s);
  await rm(runPaths(run).pairs);
  await expect(personalise(run)).rejects.toThrow(/pairs.jsonl is not there.*import\.owner/s);
});
