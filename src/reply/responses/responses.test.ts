import { describe, expect, it } from "vitest";
import { createAssistant } from "../assistant/assistant.ts";
import { readForReply } from "../assistant/reading.ts";
import { scriptedModel } from "../assistant/scripted-model.fixture.ts";
import { buildTrie, rankByModel } from "./beam.ts";
import { chooseDiverse, type RankedResponse, rankBySigns } from "./choose.ts";
import { buildGraph, groupNodes, propagateLabels } from "./graph.ts";
import { measureRanking } from "./measure.ts";
import { mineResponses, responsesIn } from "./mine.ts";
import { openResponses } from "./open.ts";
import { type ResponseSet, readResponseFile, toResponseFile } from "./set.ts";

const MEETING = {
  from: { name: "Ann Carter", address: "ann@firm.example" },
  subject: "Budget",
  text: "Hi Ben,\n\nCould we meet on Tuesday at 10:30 to go over the budget?\n\nBest,\nAnn",
};
const THANKS = { ...MEETING, subject: "Thanks", text: "Hi Ben,\n\nthank you so much for your help last week.\n\nAnn" };

const mail = (thread: number, reply: string, of = MEETING) => ({
  threadId: `${thread}`,
  reply,
  read: () => readForReply(of),
});
const three = (reply: string, from: number, of = MEETING) => [from, from + 1, from + 2].map((i) => mail(i, reply, of));
const MAILS = [
  ...three("Hi Ann, thank you for your mail. That works well for me.", 1),
  ...three("Hi Ann, thank you for your mail. Unfortunately, I cannot make it.", 4),
  ...three("Hi Ann, I am glad to hear that.", 7, THANKS),
  mail(10, "Hi Ann, I am glad to hear that.", THANKS),
];
const SET = mineResponses(MAILS);

describe("mining", () => {
  it("takes the sentences that may stand in an answer to anybody, and no lead, gap, figure, name or time", () => {
    expect(
      responsesIn(
        "Dear Dr. Weber, thank you for the plan. I will let you know by [date]. Friday suits me best. I will ask Tom Berg about it. Order 7 is fine. Could you please send it again?",
      ),
    ).toEqual(["I will let you know.", "Could you please send it again?"]);
    expect(responsesIn("Hi Ann, thank you for letting me know.")).toEqual(["Thank you for letting me know."]);
    expect(responsesIn("")).toEqual([]);
  });

  it("keeps what three conversations hold, counted by what the mails asked and were about", () => {
    expect(SET.responses.map(({ text, intent, count }) => [text, intent, count])).toEqual([
      ["I am glad to hear that.", "acknowledge", 4],
      ["That works well for me.", "accept", 3],
      ["Unfortunately, I cannot make it.", "decline", 3],
    ]);
    expect(SET.responses[1].after).toEqual({ time: 3, "about meeting": 3 });
    const once = [mail(1, "Hi, I will come."), mail(1, "Hi, I will come."), mail(1, "Hi, I will come.")];
    expect(mineResponses([...once, mail(2, "Hi, I will come.")]).responses).toEqual([]); // two conversations, however often
  });

  it("is the same whatever the order of the mails", () => {
    expect(mineResponses(MAILS.toReversed())).toEqual(SET);
  });
});

describe("the graph", () => {
  const texts = ["I will send it today", "I will send it soon", "The weather is nice", "I will send it"];

  it("joins what shares words, and nothing else", () => {
    const graph = buildGraph(texts);
    expect(graph[2]).toEqual([]);
    expect(graph[3].map(({ node }) => node)).toEqual([0, 1]);
    for (const [i, list] of graph.entries())
      for (const { node, weight } of list) expect(graph[node]).toContainEqual({ node: i, weight });
  });

  it("spreads labels from seeds along it; where none reaches the fallback stands, and a seed keeps its own", () => {
    const graph = buildGraph(texts);
    const labels = propagateLabels(graph, {
      seeds: ["yes", null, null, null],
      labels: ["yes", "no", "open"],
      fallback: "open",
    });
    expect(labels).toEqual(["yes", "yes", "open", "yes"]);
    // a chain by hand: 0 (seed yes) - 1 - 2 - 3 (seed no), weights 0.9, 0.5, 0.9
    const edge = (node: number, weight: number) => ({ node, weight });
    const chain = [[edge(1, 0.9)], [edge(0, 0.9), edge(2, 0.5)], [edge(1, 0.5), edge(3, 0.9)], [edge(2, 0.9)]];
    const seeds = ["yes", null, null, "no"] as const;
    expect(propagateLabels(chain, { seeds, labels: ["yes", "no"], fallback: "yes" })).toEqual([
      "yes",
      "yes",
      "no",
      "no",
    ]);
  });

  it("groups what means the same, within what may be joined", () => {
    const edge = (node: number, weight: number) => ({ node, weight });
    const graph = [[edge(1, 0.8)], [edge(0, 0.8)], [edge(3, 0.4)], [edge(2, 0.4)]];
    expect(groupNodes(graph, { mayJoin: () => true })).toEqual([0, 0, 2, 3]);
    expect(groupNodes(graph, { mayJoin: () => false })).toEqual([0, 1, 2, 3]);
  });
});

describe("the file", () => {
  it("holds the set: written and read it is the same", () => {
    expect(readResponseFile(JSON.parse(JSON.stringify(toResponseFile(SET))), "r.yaml").responses).toEqual(
      expect.arrayContaining([...SET.responses]),
    );
  });

  it("may be edited: a text of one's own needs no more than itself", () => {
    const clusters = [{ intent: "accept", replies: ["Count me in!", { text: "I am in." }] }];
    expect(
      readResponseFile({ format: "pocketreply responses 1", language: "en", clusters }, "r.yaml").responses,
    ).toEqual([
      { text: "Count me in!", intent: "accept", cluster: "Count me in!", count: 1, after: {} },
      { text: "I am in.", intent: "accept", cluster: "Count me in!", count: 1, after: {} },
    ]);
  });

  const head = { format: "pocketreply responses 1", language: "en" };
  const one = (reply: unknown, intent: unknown = "accept") => ({ ...head, clusters: [{ intent, replies: [reply] }] });
  it.each<[string, unknown, RegExp]>([
    ["nothing", null, /format: it must be "pocketreply responses 1"[\s\S]*clusters: there must be a list/],
    ["a text", "hello", /clusters: there must be a list/],
    ["no clusters", { ...head, clusters: [] }, /clusters: there must be a list/],
    [
      "a cluster that is a number",
      { ...head, clusters: [7] },
      /clusters\[0\].intent: nothing is none of accept, decline/,
    ],
    ["another intent", one("Yes.", "acept"), /clusters\[0\].intent: "acept" is none of/],
    ["no reply", { ...head, clusters: [{ intent: "ask", replies: [] }] }, /clusters\[0\].replies: there must be/],
    ["an empty text", one(" "), /replies\[0\].text: " " is no text/],
    ["a number", one({ text: 5 }), /5 is no text/],
    ["two lines", one("Yes.\nNo."), /one line without control/],
    ["control tokens", one("Yes.<|eot_id|>"), /control characters or tokens/],
    ["no word", one("!!!"), /holds no word/],
    ["a letter", one("word ".repeat(26)), /26 words, and 25 are the most/],
    ["a count below nothing", one({ text: "Yes.", count: -1 }), /count: it must be a whole number/],
    ["counts that are texts", one({ text: "Yes.", after: { time: "often" } }), /after: it must hold whole numbers/],
    [
      "a text twice",
      { ...head, clusters: [{ intent: "ask", replies: ["Who?", "who?"] }] },
      /stands at clusters\[0\].replies\[0\]/,
    ],
    ["many faults", { ...head, clusters: Array(9).fill(7) }, /and 13 more\nMend these places/],
  ])("says where %s is wrong", (_, value, message) => {
    expect(() => readResponseFile(value, "my/responses.yaml")).toThrow(message);
    expect(() => readResponseFile(value, "my/responses.yaml")).toThrow("my/responses.yaml is no response set");
  });
});

describe("choosing", () => {
  it("puts first what was given after such mails", () => {
    const first = (of: typeof MEETING) => rankBySigns(SET, readForReply(of))[0].text;
    expect(first(THANKS)).toBe("I am glad to hear that.");
    expect(["That works well for me.", "Unfortunately, I cannot make it."]).toContain(first(MEETING));
  });

  const ranked = (...list: [text: string, intent: RankedResponse["intent"], cluster?: string][]) =>
    list.map(
      ([text, intent, cluster = text]): RankedResponse => ({ text, intent, cluster, count: 1, after: {}, score: 0 }),
    );
  const texts = (list: readonly RankedResponse[], wantsDecision = false) =>
    chooseDiverse(list, { wantsDecision }).map(({ text }) => text);
  it("shows each intent once, then other clusters, never twice the same meaning", () => {
    const list = ranked(
      ["Yes.", "accept", "y"],
      ["Sure.", "accept", "y"],
      ["Gladly.", "accept"],
      ["Noted.", "acknowledge"],
    );
    expect(texts(list)).toEqual(["Yes.", "Noted.", "Gladly."]);
    expect(texts(ranked(["Yes.", "accept", "y"], ["Sure.", "accept", "y"]))).toEqual(["Yes."]);
    expect(texts([])).toEqual([]);
  });

  it("says no and yes where a decision is wanted and the set has both", () => {
    const list = ranked(
      ["Noted.", "acknowledge"],
      ["Later.", "defer"],
      ["Who?", "ask"],
      ["Yes.", "accept"],
      ["I cannot.", "decline"],
    );
    expect(texts(list, true)).toEqual(["Noted.", "Yes.", "I cannot."]);
    expect(texts(list.slice(0, 4), true)).toEqual(["Noted.", "Later.", "Yes."]);
    expect(texts(list)).toEqual(["Noted.", "Later.", "Who?"]);
  });

  it("lets the model say no text but those of the set, and ranks what it finds likely first", async () => {
    const model = scriptedModel([
      "Hi Ann, thank you for your mail. Unfortunately, I cannot make it.",
      "Anything else.",
    ]);
    const trie = buildTrie(SET, model);
    const found = await rankByModel(model, MEETING, { set: SET, trie, reading: readForReply(MEETING), generality: 0 });
    expect(found[0].text).toBe("Unfortunately, I cannot make it.");
    const signs = rankBySigns(SET, readForReply(MEETING)).find(({ text }) => text === found[0].text)!.score;
    expect(found[0].score).toBeCloseTo(7 * Math.log(0.9) + 2 * signs, 6); // each of its 7 tokens has p 0.9 in the script
    expect(found.map(({ text }) => text).sort()).toEqual(SET.responses.map(({ text }) => text).sort());
    const narrow = await rankByModel(model, MEETING, { set: SET, trie, reading: readForReply(MEETING), beam: 1 });
    expect(narrow.map(({ text }) => text)).toEqual(["Unfortunately, I cannot make it."]);
    const abort = AbortSignal.abort();
    const cut = rankByModel(model, MEETING, { set: SET, trie, reading: readForReply(MEETING), signal: abort });
    await expect(cut).rejects.toThrow("abort");
  });
});

describe("an assistant with a set", () => {
  const model = scriptedModel(["Hi Ann, thank you for your mail. That works well for me."]);
  const withSet = (responses?: ResponseSet) =>
    createAssistant(model, { responses: responses && openResponses(responses) });

  it("shows its replies at once, by intent, and a sentence made of the mail where the set has none", () => {
    expect(
      withSet(SET)
        .instant(MEETING)
        .map(({ intent, text, source }) => [intent, text, source]),
    ).toEqual([
      ["accept", "That works well for me.", "response"],
      ["decline", "Unfortunately, I cannot make it.", "response"],
      ["ask", "Could we find another time?", "mail"],
    ]);
    expect(withSet(SET).instant(MEETING)[0].reply).toBe("Hi Ann, that works well for me.");
    expect(
      withSet()
        .instant(MEETING)
        .every(({ source }) => source === "mail"),
    ).toBe(true);
    expect(
      withSet({ ...SET, language: "de" })
        .instant(MEETING)
        .every(({ source }) => source === "mail"),
    ).toBe(true);
  });

  it("chooses up to three with the model, yes and no among them, and none without a set", async () => {
    const chosen = await withSet(SET).choose(MEETING);
    expect(chosen[0]).toMatchObject({ text: "That works well for me.", source: "response" });
    expect(chosen.map(({ intent }) => intent).sort()).toEqual(["accept", "acknowledge", "decline"]);
    expect(await withSet().choose(MEETING)).toEqual([]);
  });

  it.each([
    ["the mail's checks find fault with", "I have attached the file."],
    ["is about another matter", "I will mail you a new confirmation."],
  ])("shows nothing that %s", async (_, text) => {
    const after = { time: 9, "about meeting": 9 };
    const wild: ResponseSet = {
      language: "en",
      responses: [{ text, intent: "accept", cluster: text, count: 9, after }],
    };
    expect(withSet(wild).instant(MEETING)[0].source).toBe("mail");
    expect(await withSet(wild).choose(MEETING)).toEqual([]);
  });
});

describe("the figures", () => {
  it("are those of a hand's arithmetic", () => {
    const list = (...texts: string[]) => texts.map((text) => ({ text, intent: "ask" as const, cluster: text[0] }));
    const figures = measureRanking([
      { ranked: list("a", "b", "c", "d"), own: ["a"] }, //  rank 1
      { ranked: list("a", "b", "c", "d"), own: ["d"] }, //  rank 4
      { ranked: list("a1", "a2", "b", "c"), own: ["a2"] }, // rank 2, its cluster at 1
      { ranked: list("a", "b", "c", "d"), own: [] }, //     not in the set
    ]);
    expect(figures.precisionAt1).toBeCloseTo(1 / 3);
    expect(figures.precisionAt3).toBeCloseTo(2 / 3);
    expect(figures.meanReciprocalRank).toBeCloseTo((1 + 1 / 4 + 1 / 2) / 3);
    expect(figures.clusterPrecisionAt1).toBeCloseTo(2 / 3);
    expect(figures.recallAt3).toBe(2 / 4);
    expect(figures.distinctIntentsAt3).toBe(1);
    expect(measureRanking([])).toMatchObject({ precisionAt1: 0, meanReciprocalRank: 0, distinctIntentsAt3: 0 });
  });
});
