/** compare on two run folders made by hand, judged by the built-in judge. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluateItems, writeItems } from "../evaluate/index.ts";
import { renderEmail } from "../mail/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { compare } from "./compare.ts";
import { judge } from "./judge.ts";
import { evaluatedEmail, quietSession, scratchFolder } from "./tiny.fixture.ts";

const COUNT = 8;
const good = (i: number) => `Dear Ada, thank you for your message. I will send you report ${i} on Friday.`;

/** A run folder as evaluate leaves it. */
async function makeRun(name: string, reply: (i: number) => string, changes: object = {}): Promise<string> {
  const run = join(scratchFolder(), name);
  mkdirSync(run);
  const put = (file: string, value: unknown) => writeFileSync(join(run, file), JSON.stringify(value));
  const putRows = (file: string, rows: readonly unknown[]) =>
    writeFileSync(join(run, file), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const mails = Array.from({ length: COUNT }, (_, i) => evaluatedEmail(i));
  const recipe = defaultRecipe();
  put("recipe.json", { ...recipe, evaluate: { ...recipe.evaluate, ...changes } });
  put("split.json", { seed: 42, train: [], validation: [], test: mails.map(({ id }) => id) });
  putRows(
    "replies.jsonl",
    mails.map((mail, i) => ({ id: mail.id, threadId: mail.threadId, email: mail, reply: good(i) })),
  );
  putRows(
    "predictions.jsonl",
    mails.map(({ id }, i) => ({ id, reply: reply(i), stopped: "end", promptTokens: 1, replyTokens: 1, model: name })),
  );
  const items = mails.map((mail, i) => ({
    id: mail.id,
    threadId: mail.threadId,
    email: renderEmail(mail),
    reference: good(i),
    candidate: reply(i),
  }));
  const result = await evaluateItems({ items, train: [{ email: "Lunch?", reply: "Yes." }], seed: 42, cleanBelow: 0.5 });
  put("evaluation.json", { evaluatedSha256: await writeItems(join(run, "evaluated.jsonl"), result.items) });
  return run;
}

const options = (run: string, more: object = {}) => ({ run, set: [], ...more });

async function compared(runA: string, runB: string, more: object = {}) {
  const quiet = quietSession();
  let json: unknown;
  const printJson = (value: unknown) => {
    json = JSON.parse(JSON.stringify(value));
  };
  const session = { ...quiet, printJson };
  let error: unknown;
  await compare({ runA, runB, ...more }, session).catch((thrown: unknown) => {
    error = thrown;
  });
  return { text: session.printed.join("\n"), json: json as Record<string, unknown>, error };
}

describe("compare", () => {
  const bad = (i: number) => (i < 6 ? "Whatever." : good(i));

  it("shows a judge's outcomes and pairs of both runs, and in the report", async () => {
    const [a, b] = [await makeRun("old", bad), await makeRun("new", good)];
    expect((await compared(a, b)).json).toMatchObject({ judge: null, judgeNotes: [] });
    await judge(options(a), quietSession());
    expect((await compared(a, b)).text).toContain("new is not judged");
    await judge(options(b), quietSession());
    await judge(options(b, { against: a }), quietSession());
    const report = join(scratchFolder(), "compare.html");
    const { text, json, error } = await compared(a, b, { report });
    expect(error).toBeUndefined();
    expect(text).toMatch(/send-ready +25\.0% \(.*\) +100\.0% \(.*\) +\+75\.0/);
    expect(text).toMatch(/6 wins, 2 ties, 0 losses; exact sign test p = 0\.0313/); // 2 / 2⁶
    expect(text).toContain("at equal length");
    const { outcomes, pairs, refusal } = json.judge as Record<string, { outcomes: object[] }>;
    expect(refusal).toBeNull();
    expect(outcomes.outcomes[0]).toMatchObject({ name: "send-ready", pValue: expect.closeTo(2 * 0.5 ** 6, 12) });
    expect(pairs).toMatchObject({ wins: 6, ties: 2, losses: 0 });
    const page = readFileSync(report, "utf8");
    expect(page).toContain("What a judge says");
    expect(page).toContain("new against old, pair by pair");
    const flipped = await compared(b, a);
    expect(flipped.text).toMatch(/0 wins, 2 ties, 6 losses/);
  });

  it("refuses the numbers of different judges after it has compared the rest", async () => {
    const [a, b] = [await makeRun("old", bad), await makeRun("new", good, { maxJudgeTokens: 900 })];
    for (const run of [a, b]) await judge(options(run), quietSession());
    const { text, json, error } = await compared(a, b);
    expect(String(error)).toMatch(/different judges and cannot be compared:\n {2}maxTokens: 1500 there, 900 here/);
    expect(text).toContain("chrF2++");
    expect(text).not.toContain("send-ready");
    expect(json).toMatchObject({ judge: { outcomes: null, refusal: expect.stringContaining("maxTokens") } });
  });

  it("tells verdicts of other replies from those that were scored, and refuses a cut file", async () => {
    const [a, b] = [await makeRun("old", bad), await makeRun("new", good)];
    const other = await makeRun("other", (i) => `${good(i)} Best, Tom`);
    for (const run of [a, other]) await judge(options(run), quietSession());
    for (const file of ["judge.json", "judged.jsonl"]) writeFileSync(join(b, file), readFileSync(join(other, file)));
    expect((await compared(a, b)).text).toContain("judge.json of new speaks of other replies");
    rmSync(join(b, "judge.json"));
    await judge(options(b), quietSession());
    const rows = readFileSync(join(b, "judged.jsonl"), "utf8").split("\n");
    writeFileSync(join(b, "judged.jsonl"), `${rows.slice(0, 3).join("\n")}\n`);
    expect(String((await compared(a, b)).error)).toContain("the 8 verdicts that its report counts");
  });
});
