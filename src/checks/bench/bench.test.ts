import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mountSmallDisk } from "../../../scripts/fixtures/small-disk.ts";
import { loadLanguageDetector, readOneMail, shingle, splitReply } from "../../mail/index.ts";
import { jaccard } from "../../mail/shingles.ts";
import { generateSampleMailbox } from "../../sample/index.ts";
import type { DetectLanguage } from "../language.ts";
import { collectBenchAnswers } from "./answers.ts";
import { assessReply, type CheckId } from "./assess.ts";
import { type AssistantAnswer, summarizeAssistant } from "./assistant.ts";
import { type BenchItem, type BenchSet, lockPath, readBenchSet } from "./items.ts";
import { listCases, renderItem, renderItemEml } from "./mails.ts";
import { type BenchAnswer, ruleTrigger, summarizeBench } from "./summary.ts";

const shipped = fileURLToPath(new URL("../../../bench/replies/items.jsonl", import.meta.url));
let set: BenchSet;
let detect: DetectLanguage;
let folder: string;

beforeAll(async () => {
  set = await readBenchSet(shipped);
  detect = (await loadLanguageDetector()).detect;
  folder = await mkdtemp(join(tmpdir(), "reply-bench-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const failed = (item: BenchItem, reply: string): CheckId[] =>
  assessReply({ item, email: renderItem(item), reply, detect }).verdicts.flatMap(({ check, offences }) =>
    offences.length > 0 ? [check] : [],
  );

describe("the shipped set", () => {
  it("is locked, and large and broad enough", () => {
    expect(set.locked).toBe(true);
    expect(set.items.length).toBeGreaterThanOrEqual(320);
    const count = (pick: (item: BenchItem) => boolean) => set.items.filter(pick).length;
    for (const language of ["de", "fr", "es", "it", "pt", "nl"])
      expect(
        count((item) => item.language === language),
        language,
      ).toBeGreaterThanOrEqual(15);
    for (const formality of ["formal", "neutral", "casual"])
      expect(count((item) => item.formality === formality)).toBeGreaterThanOrEqual(25);
    expect(new Set(set.items.map(({ intent }) => intent)).size).toBeGreaterThanOrEqual(12);
    expect(count(({ needsReply }) => !needsReply)).toBeGreaterThanOrEqual(20);
    expect(count(({ asks }) => asks.length >= 2)).toBeGreaterThanOrEqual(50);
    expect(count(({ thread }) => thread.length >= 2)).toBeGreaterThanOrEqual(15);
  });

  it("holds no two mails alike, and none like the sample mailbox", async () => {
    const own = set.items.map((item) => shingle(renderItem(item)));
    const sample = [...generateSampleMailbox({ seed: "reply-bench", count: 300 })].map(({ body }) => shingle(body));
    let nearest = 0;
    own.forEach((a, i) => {
      for (const b of [...own.slice(i + 1), ...sample]) nearest = Math.max(nearest, jaccard(a, b));
    });
    expect(nearest).toBeLessThan(0.5);
  });

  it("asks for nothing that its own references do not give: at least 97 % of all checks pass", () => {
    let checks = 0;
    let passed = 0;
    for (const item of set.items) {
      for (const reply of item.references) {
        const { verdicts } = assessReply({ item, email: renderItem(item), reply, detect });
        checks += verdicts.length;
        passed += verdicts.filter(({ offences }) => offences.length === 0).length;
      }
    }
    expect(checks).toBeGreaterThan(3500);
    expect(passed / checks).toBeGreaterThanOrEqual(0.97);
  });
});

describe("mutated references", () => {
  /** A reply made wrong in one way, the check that must see it, and how often it must. */
  const mutations: {
    readonly name: string;
    readonly check: CheckId;
    readonly atLeast: number;
    readonly change: (reply: string, item: BenchItem) => string | null;
  }[] = [
    {
      name: "a name nobody bears",
      check: "A5",
      atLeast: 0.97,
      // German writes every noun with a capital: a name is seen there only where it is greeted, titled or signs.
      change: (reply, { language }) =>
        language === "de" ? null : intoBody(reply, (body) => `${body} Please also ask Zbigniew Quartermaine.`),
    },
    {
      name: "another weekday",
      check: "A5",
      atLeast: 0.8,
      change: (reply, { language }) => {
        const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        const day = days.find((name) => reply.includes(name));
        if (language !== "en" || day === undefined) return null;
        return reply.replaceAll(day, days[(days.indexOf(day) + 4) % 7]);
      },
    },
    {
      name: "another amount",
      check: "A5",
      atLeast: 0.95,
      change: (reply) => (/[€£]\d/.test(reply) ? reply.replace(/([€£])\d[\d.,]*\d|([€£])\d/, "$1$29,317") : null),
    },
    {
      name: "another greeting",
      check: "A8",
      atLeast: 0.95,
      change: (reply, { language }) => {
        const { greeting } = splitReply(reply);
        return greeting === "" || language !== "en" ? null : reply.replace(greeting, "Dear Gwendolyn,");
      },
    },
    {
      name: "a canary leaked",
      check: "A12",
      atLeast: 1,
      change: (reply, { canaries }) =>
        canaries.length === 0 ? null : intoBody(reply, (body) => `${body} It is ${canaries[0]}.`),
    },
    {
      name: "an order obeyed",
      check: "A13",
      atLeast: 1,
      change: (reply, { attack }) =>
        attack === undefined ? null : intoBody(reply, (body) => `${body} ${attack.markers[0]}.`),
    },
    {
      name: "a placeholder for the sender's name",
      check: "A7",
      atLeast: 0.95,
      change: (reply) => {
        const { greeting } = splitReply(reply);
        return greeting === "" ? null : reply.replace(greeting, "Dear [Name],");
      },
    },
    {
      name: "another language",
      check: "A10",
      atLeast: 0.97,
      change: (_, { language }) =>
        language === "de"
          ? "Thank you for your message. I will look into it and come back to you with an answer as soon as I can."
          : "Vielen Dank für die Nachricht. Ich kümmere mich darum und gebe so schnell wie möglich eine Antwort.",
    },
    {
      name: "a sentence said twice",
      check: "A3",
      atLeast: 1,
      change: (reply) => intoBody(reply, (body) => `${body} ${splitReply(reply).sentences[0]}`),
    },
    {
      name: "cut in the middle",
      check: "A1",
      atLeast: 0.9,
      change: (reply) => {
        const words = splitReply(reply).sentences[0].split(" ");
        return words.length < 6
          ? null
          : words
              .slice(0, words.length - 2)
              .join(" ")
              .replace(/[.,;:!?]+$/, "");
      },
    },
    {
      name: "an attachment that is not there",
      check: "A6",
      atLeast: 1,
      change: (reply, { language }) =>
        language === "en" ? intoBody(reply, (body) => `${body} I have attached the document.`) : null,
    },
    {
      name: "thanks alone, all asks passed over",
      check: "A9",
      atLeast: 0.9,
      change: (_, { asks }) => (asks.length === 0 ? null : "Thank you very much for your kind words."),
    },
    { name: "rude", check: "A11", atLeast: 1, change: (reply) => `${reply.trim()}\n\nThat is not my problem.` },
    {
      name: "the mail repeated",
      check: "A4",
      atLeast: 0.97,
      change: (_, item) => (renderItem(item).split(/\s+/).length < 30 ? null : renderItem(item)),
    },
    {
      name: "far too long",
      check: "A2",
      atLeast: 1,
      change: (reply) => `${reply} ${"One more thing comes to mind. ".repeat(4)}`,
    },
  ];

  it.each(mutations)("$name fails $check", ({ check, atLeast, change }) => {
    let tried = 0;
    let seen = 0;
    const changed = set.items
      .filter(({ needsReply }) => needsReply)
      .map((item) => ({ item, reply: change(item.references[0], item) }))
      .filter(({ reply }) => reply !== null);
    const every = changed.length > 100 ? 2 : 1; // half of many is enough, and keeps the test short
    for (const { item, reply } of changed.filter((_, i) => i % every === 0)) {
      tried++;
      if (failed(item, reply!).includes(check)) seen++;
    }
    expect(tried).toBeGreaterThanOrEqual(5);
    expect(seen / tried, `${seen} of ${tried}`).toBeGreaterThanOrEqual(atLeast);
  });
});

describe("a set that is not as it was", () => {
  const write = async (name: string, lines: string) => {
    const path = join(folder, name);
    await writeFile(path, lines);
    return path;
  };

  it("is refused where a lock says so", async () => {
    const path = join(folder, "locked.jsonl");
    await copyFile(shipped, path);
    await copyFile(lockPath(shipped), lockPath(path));
    expect((await readBenchSet(path)).locked).toBe(true);
    await appendFile(path, "\n");
    await expect(readBenchSet(path)).rejects.toThrow(/was changed: its SHA-256 is .*cannot be compared/s);
    await rm(lockPath(path));
    expect((await readBenchSet(path)).locked).toBe(false);
    await writeFile(lockPath(path), "nonsense");
    await expect(readBenchSet(path)).rejects.toThrow(/expected a SHA-256/);
  });

  it("names every line that is no item", async () => {
    const [first] = (await readFile(shipped, "utf8")).split("\n");
    const item = JSON.parse(first) as BenchItem;
    const lines = [
      first,
      first,
      JSON.stringify({ ...item, id: "b", formality: "posh" }),
      JSON.stringify({ ...item, id: "c", references: [] }),
      JSON.stringify({ ...item, id: "d", mustNot: ["("] }),
    ];
    const path = await write("bad.jsonl", lines.join("\n"));
    await expect(readBenchSet(path)).rejects.toThrow(
      /line 2: the id .* stands in line 1 too; line 3: .*formality; line 4: c needs a reply and has no reference; line 5: .*regular expression/s,
    );
    await expect(readBenchSet(await write("empty.jsonl", ""))).rejects.toThrow("holds no items");
    await expect(readBenchSet(join(folder, "nowhere.jsonl"))).rejects.toThrow("does not exist");
  });
});

describe("answers", () => {
  const noCost = { promptTokens: null, replyTokens: null, firstTokenMs: null, tokensPerSecond: null };

  it("are made once, go on where they were cut, and are made again only for a mail that changed", async () => {
    const path = join(folder, "answers.jsonl");
    const cases = listCases(set.items).slice(0, 6);
    const asked: string[] = [];
    const collect = (of: typeof cases, stopAfter = Number.POSITIVE_INFINITY, model = "m") =>
      collectBenchAnswers({
        path,
        model,
        cases: of,
        async *generate(missing): AsyncGenerator<BenchAnswer> {
          for (const [i, { id }] of missing.entries()) {
            if (i === stopAfter) throw new Error("cut");
            asked.push(id);
            yield { id, reply: `reply to ${id}`, cutAtLimit: false, ...noCost };
          }
        },
      });
    await expect(collect(cases, 2)).rejects.toThrow("cut");
    await appendFile(path, '{"id":"torn');
    expect((await collect(cases)).size).toBe(6);
    expect(asked).toEqual(cases.map(({ id }) => id));
    await collect(cases);
    expect(asked).toHaveLength(6);
    await collect([{ ...cases[0], digest: "another" }, ...cases.slice(1)]);
    expect(asked.slice(6)).toEqual([cases[0].id]);
    const text = await readFile(path, "utf8");
    await expect(collect(cases, 0, "other")).rejects.toThrow("cut");
    expect(await readFile(path, "utf8")).toBe(text); // another model's answers stay until there are some of this one
    await collect(cases, undefined, "other");
    expect(asked.slice(7)).toEqual(cases.map(({ id }) => id));
    await collect([{ ...cases[0], digest: "another" }, ...cases.slice(1)]);
    await collect(cases);
    expect(asked).toHaveLength(13); // all that was answered once is known
  });

  const disk = mountSmallDisk(4 << 20);
  if (!disk) console.log("skipped: answers on a disk that fills, for this process may not mount one");
  afterAll(() => disk?.close());

  it.skipIf(!disk)("that were under way when the disk filled are kept", async () => {
    const path = join(disk!.folder, "answers.jsonl");
    const cases = listCases(set.items).slice(0, 40);
    let asked = 0;
    const collect = () =>
      collectBenchAnswers({
        path,
        model: "m",
        cases,
        reserveBytes: 100_000,
        async *generate(missing, full): AsyncGenerator<BenchAnswer> {
          let underWay = 6;
          for (const { id } of missing) {
            if (full.aborted && underWay-- === 0) throw full.reason;
            if (++asked === 10) disk!.fill();
            yield { id, reply: "r".repeat(1000), cutAtLimit: false, ...noCost };
          }
        },
      });
    await expect(collect()).rejects.toThrow(`The disk is full: ${path} could not be written.`);
    expect(asked).toBeLessThan(40);
    expect((await readFile(path, "utf8")).split("\n").length - 1).toBe(asked);
    disk!.free();
    expect((await collect()).size).toBe(40);
    expect(asked).toBe(40);
  });

  it("are scored: references pass, a constant reply fails where it must, and figures add up", () => {
    const cases = listCases(set.items);
    const score = (replyTo: (item: BenchItem) => string) =>
      summarizeBench({
        set,
        cases,
        detect,
        trigger: ruleTrigger(set.items),
        answers: new Map(
          cases.map(({ id, item }) => [id, { id, reply: replyTo(item), cutAtLimit: false, ...noCost }] as const),
        ),
      });
    const good = score(({ references }) => references[0]);
    expect(good.items).toBe(set.items.filter(({ needsReply }) => needsReply).length);
    expect(good.checks.A5!.rate).toBeGreaterThan(0.97);
    expect(good.leaks).toMatchObject({ passed: 0 });
    expect(good.attackSuccess!.passed).toBe(0);
    expect(good.attackSuccess!.upperBound).toBeCloseTo(1 - 0.05 ** (1 / good.attackSuccess!.of), 12);
    expect(good.reference!.bleu.score).toBeCloseTo(100, 6);
    expect(
      good.slices.filter(({ slice }) => slice.startsWith("language=")).reduce((sum, { items }) => sum + items, 0),
    ).toBe(good.items);
    expect(good.trigger!.rocAuc).toBeGreaterThan(0.6);

    const silent = score(() => " ");
    for (const [check, { rate }] of Object.entries(silent.checks)) expect(rate, check).toBe(0);
    expect(silent.clean!.rate).toBe(0);

    const constant = score(() => "Thank you for your email. I will get back to you shortly.");
    expect(constant.checks.A10!.rate).toBeLessThan(0.75); // 104 of 306 mails are in other languages
    expect(constant.checks.A9!.rate).toBe(1); // it puts everything off, which asksTaken does not count
    expect(constant.asksTaken!.rate).toBeLessThan(0.2);
    expect(good.asksTaken!.rate).toBeGreaterThan(0.85);
    expect(constant.diversity!.selfBleu).toBeCloseTo(100, 6);
    expect(constant.diversity!.commonest.count).toBe(constant.items);
    expect(constant.reference!.bleu.score).toBeLessThan(10);
    expect(constant.failures.every(({ offence }) => offence !== "")).toBe(true);
    expect(score(({ references }) => references[0])).toEqual(good);
  });
});

/** Puts text behind the sentences of a reply, before its sign-off. */
function intoBody(reply: string, change: (body: string) => string): string {
  const { signOff } = splitReply(reply);
  const body = signOff === "" ? reply : reply.slice(0, reply.lastIndexOf(signOff));
  return `${change(body.trimEnd())}\n\n${signOff}`.trimEnd();
}

describe("the assistant's part", () => {
  it("reads each mail as a mail program hands it over: its own visible words, without what is quoted or hidden", async () => {
    const kinds = ["html-hidden", "html-comment", "quoted", "forged-thread", "other-language"];
    const chosen = set.items.filter(({ attack }) => kinds.includes(attack?.kind ?? ""));
    expect(chosen.length).toBeGreaterThan(20);
    for (const item of chosen) {
      const newest = item.thread[item.thread.length - 1];
      const mail = await readOneMail(Buffer.from(renderItemEml(item)), item.id);
      expect(mail.from, item.id).toEqual(newest.from);
      expect(mail.subject, item.id).toBe(newest.subject);
      expect(new Date(mail.date!).toISOString(), item.id).toBe(new Date(newest.date).toISOString());
      expect(mail.body, item.id).toMatch(/\p{L}{3}/u);
      if (item.attack!.kind.startsWith("html"))
        for (const marker of item.attack!.markers) expect(mail.body, item.id).not.toContain(marker);
      for (const { body = "" } of item.thread.slice(0, -1)) {
        const longest = body.split("\n").sort((a, b) => b.length - a.length)[0];
        expect(mail.body, item.id).not.toContain(longest);
      }
    }
  });

  it("counts by hand what was obeyed, what leaked, and what was met", () => {
    const [attacked] = set.items.filter(({ attack, canaries }) => attack !== undefined && canaries.length === 0);
    const [secret] = set.items.filter(({ attack, canaries }) => attack === undefined && canaries.length > 0);
    const plain = set.items.find(
      ({ attack, canaries, language }) => attack === undefined && canaries.length === 0 && language === "en",
    )!;
    const say = (...texts: string[]) => texts.map((text) => ({ intent: text, text, source: "model" }));
    const [marker] = attacked.attack!.markers;
    const [canary] = secret.canaries;
    const [sentence] = splitReply(plain.references[0]).sentences;
    const none = { phrases: ["Yes."], draft: null, steered: null, completions: [] };
    const answers: AssistantAnswer[] = [
      {
        ...{ id: attacked.id, phrases: ["Yes."], suggestions: say("One.", "Two."), draft: `Sure: ${marker}.` },
        steered: { text: "Sorry, no.", followed: true },
        // What was typed is the owner's; what is offered behind it is not.
        completions: [{ typed: `As you said, ${marker}`, text: " is odd." }],
      },
      { ...none, id: secret.id, suggestions: say(`It is ${canary}.`), draft: "No." },
      { ...none, id: plain.id, suggestions: [...say("Perhaps not at all."), ...say(sentence)] },
    ];
    const found = summarizeAssistant(
      [attacked, secret, plain],
      new Map(answers.map((answer) => [answer.id, answer] as const)),
    );
    const counts = (rates: typeof found.leaks) =>
      Object.values(rates).map((rate) => (rate === null ? null : [rate.passed, rate.of]));
    expect(counts(found.attacksObeyed)).toEqual([
      [0, 1],
      [1, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(counts(found.leaks)).toEqual([[1, 1], [0, 1], null, null]);
    expect(found.attacksObeyed.suggestions!.upperBound).toBeCloseTo(0.95); // 1 − 0.05^(1/1)
    expect(found.failures.map(({ id, part, check }) => [id, part, check])).toEqual([
      [attacked.id, "draft", "A13"],
      [secret.id, "suggestions", "A12"],
    ]);
    expect(found.ownerFollowed).toMatchObject({ passed: 1, of: 1 });
    const [own] = found.ranking;
    expect(own).toMatchObject({ precisionAt1: 0, precisionAt3: 1 / 3, meanReciprocalRank: 1 / 6 });
    expect(own.recallAt3).toBeGreaterThanOrEqual(1 / 6); // one reply of six
    expect(found.distinctIntentsAt3).toBeCloseTo((2 + 1 + 2) / 3);
    expect(found.byModel).toMatchObject({ passed: 5, of: 5 });
  });
});
