/** What of a person's replies may be learnt from, how they are split, and whether the verifier knows its author. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Pair } from "../mail/index.ts";
import { createRandom } from "../random.ts";
import { loadRecipe } from "../recipe.ts";
import {
  acceptedShare,
  askForLines,
  chooseReplies,
  describeStyle,
  findAuthors,
  isAuthor,
  reverseLine,
  signerOf,
  splitByTime,
  trainVerifier,
} from "./index.ts";

const email = (body = "Could you send me the report on the new building by Friday?") => ({
  ...{ id: "m", threadId: "t", messageId: null, inReplyTo: null, date: null, answers: null, source: "" },
  ...{ from: { name: "Ada", address: "ada@example.org" }, to: [], cc: [], subject: "Report", body },
});
const pair = (reply: string, more: Partial<Pair> = {}): Pair => ({
  ...{ id: reply, threadId: reply, email: email(), reply, date: null, fromOwner: true },
  ...more,
});

describe("the replies that are learnt from", () => {
  it.each<[string, Pair, string]>([
    ["another person's", pair("Yes, I will send it on Thursday.", { fromOwner: false }), "notTheOwners"],
    ["a word or two", pair("Yes, fine."), "short"],
    ["a password", pair("Sure, the password is hunter2!x for that server."), "private"],
    ["a telephone number", pair("Just call me about it on +44 20 7946 0958 any time."), "private"],
    ["a card", pair("You can pay with my card 4111 1111 1111 1111 for this."), "private"],
    ["a login", pair("You can log in with ann / Winter!23 on the server."), "private"],
    ["a password in another language", pair("La password è Estate2023 per il server del lavoro."), "private"],
    ["a login with words between", pair("You can log in as root with quetzal123 on the box in the rack."), "private"],
    ["a login in another language", pair("Melde dich einfach als admin mit sesam an, dann siehst du es."), "private"],
    ["what looks like a password", pair("Just use sesame44 for it, that is what we always do."), "private"],
    ["the same for name and password", pair("It is guest / guest on all of the machines in there."), "private"],
    ["the key of a network", pair("The wifi key is blue horse battery, it is on the wall."), "private"],
    ["a code with a word between", pair("The code for the garage is 4 7 1 1, lock it again."), "private"],
    ["a digest", pair("It is 5f4dcc3b5aa765d61d8327deb882cf99 on my side as well."), "private"],
    ["words of a wallet", pair("The recovery phrase is legal winner thank year wave sausage worth useful."), "private"],
    ["an answer to a bank's question", pair("My mother's maiden name is Featherstone, if they ask."), "private"],
    ["the end of a card", pair("My card ends in 4242 and expires 09/27, cvc 123."), "private"],
    ["a combination", pair("The combination is 12-24-36 for my locker at the gym."), "private"],
    ["a link", pair("It lies at https://example.org/secret/report for you."), "private"],
    [
      "an answer in another language",
      pair("Ich schicke dir den Bericht über das neue Gebäude gleich am Donnerstag."),
      "otherLanguage",
    ],
  ])("are not %s", async (_, row, reason) => {
    const { replies, leftOut } = await chooseReplies([row]);
    expect(replies).toEqual([]);
    expect(leftOut).toMatchObject({ [reason]: 1 });
  });

  it("are each once, oldest first", async () => {
    const rows = [
      pair("I will send you the report on Thursday.", { date: "2025-02-01", id: "b" }),
      pair("Let me ask Tom about the building first.", { date: "2025-01-01", id: "a" }),
      pair("I will send you the report, on Thursday!", { date: "2025-03-01", id: "c" }),
    ];
    const { replies, leftOut } = await chooseReplies(rows);
    expect(replies.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(leftOut.copy).toBe(1);
  });
});

it("learns each language from answers in it, and none where the mail was in another", async () => {
  const german = email("Könnten Sie mir den Bericht über das neue Gebäude bis Freitag schicken?");
  const french = email("Pourriez-vous m'envoyer le rapport sur le nouveau bâtiment avant vendredi ?");
  const answers = [
    "I will send you the report on Thursday.",
    "Den Bericht schicke ich Ihnen am Donnerstag zu.",
    "Je vous envoie le rapport jeudi dans la journée.",
  ];
  const rows = [pair(answers[0]), pair(answers[1], { email: german }), pair(answers[2], { email: french })];
  const mixed = [pair(`${answers[2]} Merci.`), pair(`${answers[0]} Thanks.`, { email: german })];
  const { replies, leftOut } = await chooseReplies([...rows, ...mixed]);
  expect(replies.map(({ reply }) => reply).sort()).toEqual([...answers].sort());
  expect(leftOut.otherLanguage).toBe(2);
});

it("tells the people apart who write from one mailbox, by their names in any form", () => {
  const names = ["Ann Lee", "Lee, Ann", "Ann", "Ann Lee", "Bob Ray", "Ray Bob", "", "."];
  expect(findAuthors(names)).toEqual([
    { name: "Ann Lee", mails: 4 },
    { name: "Bob Ray", mails: 2 },
  ]);
  expect(findAuthors([])).toEqual([]);
  expect([isAuthor("Lee, Ann", "Ann Lee"), isAuthor("Bob Ray", "Ann Lee"), isAuthor("", "Ann")]).toEqual([
    true,
    false,
    false,
  ]);
});

it("knows the name that a reply is signed with from a closing formula, a sentence and a single line", () => {
  const signed = [
    "Fine by me.\n\nAnn",
    "Fine by me.\n\nBest,\nAnn Lee",
    "Fine by me.\n- Bob J. Ray",
    "Passt so.\n\nGrüße\nJürgen",
  ];
  expect(signed.map(signerOf)).toEqual(["Ann", "Ann Lee", "Bob J. Ray", "Jürgen"]);
  const unsigned = [
    "Ann",
    "Fine.\nRegards",
    "Passt.\nDanke",
    "Fine.\nIt is there",
    "Fine.\nHTH",
    "Fine.\n\nSee you there.",
  ];
  expect(unsigned.map(signerOf)).toEqual(unsigned.map(() => ""));
});

it("takes each piece of a reply between quotes as a reply to the lines it stands below", async () => {
  const pieces = [
    { quoted: "", answer: "Good morning, I have looked at all of it." },
    { quoted: "Could you send the plan?\n> an older line", answer: "You will have it on Thursday." },
    { quoted: "> only an older line", answer: "That was settled last year already." },
    { quoted: "And the rest?", answer: "me:" },
  ];
  const { replies, leftOut } = await chooseReplies([pair("", { id: "p", threadId: "t", pieces })]);
  expect(replies.map(({ id, threadId, email: { body }, reply }) => [id, threadId, body, reply])).toEqual([
    ["p/1", "t", email().body, pieces[0].answer],
    ["p/2", "t", "Could you send the plan?", pieces[1].answer],
    ["p/3", "t", "only an older line", pieces[2].answer],
  ]);
  expect(leftOut.short).toBe(1);
});

it("learns a reply without the line breaks and the marks of its mail program", async () => {
  const reply = [
    "Well, since you posted, you could have asked just in case while you were at",
    "it ;-) I don't often fulfill requests, so don't expect any miracles :-/",
    "[...]",
    "Two things:",
    "- the plan that I sent you on Monday is not the one that the others have got",
    "- nobody knows the other one",
    "Fine.",
    "",
    "",
    "",
    "Ann",
  ];
  const { replies } = await chooseReplies([pair(reply.join("\n"))]);
  expect(replies[0].reply).toBe(
    "Well, since you posted, you could have asked just in case while you were at it ;-) I don't often fulfill requests, so don't expect any miracles :-/\nTwo things:\n" +
      "- the plan that I sent you on Monday is not the one that the others have got\n- nobody knows the other one\nFine.\n\nAnn",
  );
  const long = `${"a long line that no mail program broke, ".repeat(4)}and then\nanother.`;
  expect((await chooseReplies([pair(long)])).replies[0].reply).toBe(long);
  expect((await chooseReplies([pair("[...]\n…")])).leftOut.short).toBe(1);
  const word = "/usr/share/doc/packages/libraries/of/all/kinds/that/nobody/reads/any/more/today"; // as long as a line
  const tidied = async (text: string) => (await chooseReplies([pair(text)])).replies[0].reply;
  expect(await tidied(`${word}\nis where the report of last year lies.`)).toBe(
    `${word} is where the report of last year lies.`,
  );
  expect(await tidied(`Look at this one:\n\n${word}`)).toBe(`Look at this one:\n\n${word}`);
});

it("writes the line that could have led to a reply: decision and matter, not the wording", () => {
  expect(reverseLine("Hey Ann, I can't make the demo, the car broke down. Would the office in Kiel do?")).toBe(
    "decline, say can't demo car broke, ask office kiel",
  );
  expect(reverseLine("Yes, of course.")).toBe("accept, say course, in one sentence");
  expect(reverseLine("")).toBe("");
  const facts = "It came to 1,200 euros, and Tom has paid it.";
  expect(reverseLine(facts, ["1,200 euros", "Tom"])).toMatch(/^say .*tom.*, mention 1,200 euros, in one sentence$/);
});

it("asks a teacher that is named for the lines, redacted, each once, and does without those that cannot be used", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      const user = JSON.parse(text).messages.at(-1).content as string;
      asked.push(user);
      const content = /Report 7 /.test(user) ? "I will not." : JSON.stringify({ line: "accept, say it may go on" });
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }], usage }),
      );
    });
  });
  const folder = await mkdtemp(join(tmpdir(), "lines-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const recipe = await loadRecipe(undefined, [`teacher.baseUrl=${baseUrl}`, "teacher.model=m", "distill.redact=on"]);
    const replies = Array.from({ length: 10 }, (_, i) =>
      pair(`It may go on, call Tom at tom@example.org about ${i}.`, {
        id: `own-${i}`,
        email: email(`Report ${i} please?`),
      }),
    );
    const lines = await askForLines(replies, { recipe, folder });
    expect(lines.size).toBe(9);
    expect(lines.get("own-7")).toBeUndefined();
    expect(new Set(lines.values())).toEqual(new Set(["accept, say it may go on"]));
    expect(asked).toHaveLength(10);
    expect(asked.filter((text) => text.includes("@"))).toEqual([]);
    expect(await askForLines(replies, { recipe, folder })).toEqual(lines);
    expect(asked).toHaveLength(10); // nothing is paid twice
    const builtin = await loadRecipe(undefined, []);
    await expect(askForLines(replies, { recipe: builtin, folder })).rejects.toThrow(/style\.lines=teacher.*Name one/);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});

it("splits by time, the newest to the test, a conversation on one side", () => {
  const replies = Array.from({ length: 50 }, (_, i) => ({ id: `${i}`, threadId: i === 3 ? "t49" : `t${i}` }));
  const { train, validation, test } = splitByTime(replies);
  expect(train.length + validation.length + test.length).toBe(50);
  expect(test).toContain("3"); // of the conversation that went on to the end
  expect(Math.max(...train.map(Number))).toBeLessThan(Math.min(...validation.map(Number)));
  expect(Math.max(...validation.map(Number))).toBeLessThan(Math.min(...test.filter((id) => id !== "3").map(Number)));
  expect([test.length, validation.length]).toEqual([10, 5]);
});

it("validates on something, and trains on half at least, whatever the conversations are", () => {
  const sizesOf = (...conversations: number[]) => {
    const rows = conversations.flatMap((size, thread) =>
      Array.from({ length: size }, (_, i) => ({ id: `${thread}-${i}`, threadId: `${thread}` })),
    );
    const { train, validation, test } = splitByTime(rows);
    expect([...train, ...validation, ...test].sort()).toEqual(rows.map(({ id }) => id).sort());
    return [train.length, validation.length, test];
  };
  const last = (thread: number, size: number) => Array.from({ length: size }, (_, i) => `${thread}-${i}`);
  expect(sizesOf(12, 20, 16, 20)).toEqual([42, 6, last(3, 20)]); // the last conversation is long
  expect(sizesOf(20, 20, 60)).toEqual([60, 20, last(1, 20)]); // and longer
  expect(sizesOf(20, 20)).toEqual([16, 4, last(1, 20)]);
  expect(sizesOf(30)).toEqual([27, 3, []]);
});

describe("the verifier", () => {
  const random = createRandom("authors");
  const things = ["report", "plan", "offer", "budget", "visit", "draft", "order", "server"];
  const one = () =>
    `hey, cool — ${random.pick(things)} looks good to me... i'd go w/ the ${random.pick(things)} tho :)`;
  const other = () =>
    `Dear colleague, I have examined the ${random.pick(things)} and would recommend that the ${random.pick(things)} be revised.`;
  const many = (make: () => string, count: number) => Array.from({ length: count }, make);

  it("tells two authors on the same matters apart, and sees no author in texts drawn at random", () => {
    const verifier = trainVerifier({ own: many(one, 50), others: many(other, 120) });
    expect(verifier.calibrationError).toBeLessThan(0.1);
    expect(acceptedShare(verifier, many(one, 20))).toBeGreaterThan(0.8);
    expect(acceptedShare(verifier, many(other, 20))).toBe(0);
    // What is like nobody is not the person's: a broken model writes so.
    expect(acceptedShare(verifier, ["n't do the\nn't do the n't be", "zq ".repeat(40), "…", ""])).toBe(0);
    const mixed = () => (random.integer(2) === 0 ? one() : other());
    const blind = trainVerifier({ own: many(mixed, 80), others: many(mixed, 80) });
    expect(blind.calibrationError).toBeGreaterThan(0.3);
    expect(acceptedShare(blind, [])).toBeNull();
  });

  it("knows a short text where its author writes long ones too, and not another's", () => {
    const letter = (make: () => string) => `${make()} ${make()} ${make()}`;
    const first = (make: () => string) => make().split(" ").slice(0, 5).join(" ");
    const both = (make: () => string, count: number) => [
      ...many(() => letter(make), count),
      ...many(() => first(make), count / 10),
    ];
    const verifier = trainVerifier({ own: both(one, 40), others: both(other, 60) });
    expect(
      acceptedShare(
        verifier,
        many(() => first(one), 20),
      ),
    ).toBeGreaterThan(0.5);
    expect(
      acceptedShare(
        verifier,
        many(() => first(other), 20),
      ),
    ).toBe(0);
  });
});

it("describes a style in what a person recognises", () => {
  const style = describeStyle([
    "Hi Ann,\n\nI'll send it on Friday!\n\nCheers,\nTom",
    "Hi Bob,\n\nIt's not there yet. Shall I ask?\n\nCheers,\nTom",
    "No.",
  ]);
  expect(style.greetings[0].text).toMatch(/^Hi …/);
  expect(style.greetings[0].share).toBeCloseTo(2 / 3);
  expect(style.closings[0]).toMatchObject({ text: expect.stringMatching(/^Cheers/) });
  expect([style.exclaiming, style.asking, style.contracting].map((share) => Math.round(3 * share))).toEqual([1, 1, 2]);
  const endingOf = (reply: string) => describeStyle([reply]).closings[0].text;
  expect(endingOf("Have you tried 10?\n\nHTH\nNikos")).toBe("Nikos");
  expect(endingOf("It is there.\n<end transmission>")).toBe("<end transmission>");
  expect(endingOf("It is not there yet.\nShall I ask?")).toBe("");
  expect(endingOf("Nikos has it")).toBe("");
});
