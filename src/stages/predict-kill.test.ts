/** SIGKILL while an endpoint answers: a reply that came is kept, and nothing is paid for twice. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { runInChild } from "../../scripts/fixtures/child.ts";
import { compiled } from "../../scripts/fixtures/compiled.ts";
import { createRandom, hashString } from "../random.ts";
import { loadRecipe } from "../recipe.ts";
import { predict } from "./predict.ts";
import { fillSession } from "./session.ts";
import { evaluatedEmail, scratchFolder } from "./tiny.fixture.ts";

const mails = 200;
const concurrency = 8;
const kills = 10;

const rows = Array.from({ length: mails }, (_, i) => ({
  ...{ id: `mail-${i}`, threadId: `thread-${i}`, reply: `Yes ${i}.` },
  ...{ scores: null, attempts: 1, teacher: "rules", judge: "rules" },
  email: { ...evaluatedEmail(i), from: { name: "Ann", address: "" }, subject: `S${i}`, body: `Hi ${i}` },
}));

/** An endpoint whose replies follow from the mail alone, now and then after long. One mail in ten breaks it at first; `asked` and `answered` leave that out. */
async function startEndpoint() {
  const failed = new Set<string>();
  const state = { asked: 0, answered: 0, onAnswer: () => {}, breakAgain: () => failed.clear() };
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const subject = /Subject: (\S+)/.exec(JSON.parse(text).messages[1].content)![1];
    const number = hashString(subject) % 100;
    response.setHeader("content-type", "application/json");
    if (number < 10 && !failed.has(subject)) {
      failed.add(subject);
      response.statusCode = 500;
      return response.end("{}");
    }
    state.asked++;
    await sleep(number % 10 === 3 ? 250 : 2 + (number % 20));
    response.on("close", () => {
      state.answered++;
      state.onAnswer();
    });
    const choices = [{ message: { content: `Re ${subject}: ${number}` }, finish_reason: "stop" }];
    response.end(JSON.stringify({ choices, usage: { prompt_tokens: 9, completion_tokens: 4 } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { state, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

/** Predicts in a process of its own. */
function predictInChild(optionsFile: string): ReturnType<typeof runInChild> {
  const code = `
    import { readFileSync } from "node:fs";
    import { predict } from ${JSON.stringify(compiled("src/stages/predict.ts"))};
    import { fillSession } from ${JSON.stringify(compiled("src/stages/session.ts"))};
    const options = JSON.parse(readFileSync(${JSON.stringify(optionsFile)}, "utf8"));
    const by = { endpoint: options.recipe.evaluate.predictor, mailbox: async function* () {} };
    await predict({ ...options, by, session: fillSession({}) });`;
  return runInChild(code);
}

/** Whole rows; a last line without its end does not count. */
const countRows = (path: string) => (existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0);

it("killed at ten random moments: the file of an undisturbed run, and no finished call made twice", {
  timeout: 240_000,
}, async () => {
  const { state, baseUrl } = await startEndpoint();
  const recipe = await loadRecipe(undefined, [
    ...[`evaluate.predictor.baseUrl=${baseUrl}`, "evaluate.predictor.model=m", "distill.backoffMs=20"],
    `distill.concurrency=${concurrency}`,
  ]);
  const optionsFor = (path: string) => ({ name: "test", model: "m", path, rows, recipe });
  const predictHere = (path: string) =>
    predict({
      ...optionsFor(path),
      by: { endpoint: recipe.evaluate.predictor!, mailbox: async function* () {} },
      session: fillSession({}),
    });
  const [calm, killed] = [join(scratchFolder(), "predictions.jsonl"), join(scratchFolder(), "predictions.jsonl")];
  await predictHere(calm);
  expect(state.answered).toBe(mails);
  state.breakAgain();

  const random = createRandom("kill");
  const options = join(scratchFolder(), "options.json");
  writeFileSync(options, JSON.stringify(optionsFor(killed)));
  for (let i = 0; i < kills; i++) {
    const [asked, answered, known] = [state.asked, state.answered, countRows(killed)];
    const killAfter = answered + 1 + random.integer(Math.floor(mails / (kills + 1)));
    const child = predictInChild(options);
    state.onAnswer = () => {
      if (state.answered >= killAfter) child.kill();
    };
    expect(await child.exit).toBe("SIGKILL");
    state.onAnswer = () => {};
    await sleep(50); // what it had asked is answered to nobody
    const lost = state.asked - asked - (countRows(killed) - known);
    expect(lost).toBeGreaterThanOrEqual(0);
    expect(lost).toBeLessThanOrEqual(3 * concurrency); // in flight, or read and on its way into the file, which a busy machine makes longer
  }
  const [asked, known] = [state.asked, countRows(killed)];
  expect(known).toBeGreaterThan(kills);
  await predictHere(killed);
  expect(state.asked - asked).toBe(mails - known); // only what was missing

  const withoutTime = (path: string) => readFileSync(path, "utf8").replace(/"latencyMs":[\d.]+/g, "");
  expect(withoutTime(killed)).toBe(withoutTime(calm));
  const ids = readFileSync(killed, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).id);
  expect(ids).toEqual(rows.map(({ id }) => id));
});
