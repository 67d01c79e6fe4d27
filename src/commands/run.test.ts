/** The whole command line on a tiny base: every stage, cut anywhere, and what breaks it. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { reviewedDigest } from "../distill/index.ts";
import { UserError } from "../errors.ts";
import { openSafetensors, writeSafetensors } from "../formats/index.ts";
import { printable } from "../progress.ts";
import { createRandom } from "../random.ts";
import { runPaths } from "../run.ts";
import { exportRun } from "./export.ts";
import { importMailbox } from "./import.ts";
import { reply } from "./reply.ts";
import {
  quietSession,
  runCli,
  runHere,
  scratchFolder,
  tinyOverrides,
  writeMailbox,
  writeTinyBase,
} from "./tiny.fixture.ts";
import { train } from "./train.ts";

const scratch = scratchFolder();
const mail = join(scratch, "mail.mbox");
const base = join(scratch, "base");
const undisturbed = join(scratch, "undisturbed");

const runArgs = (folder: string) => ["run", "--mail", mail, "--run", folder, ...tinyOverrides(base)];

/** What a finished run must have in common with any other of the same recipe: everything but the time it took. */
function outcome(folder: string) {
  const paths = runPaths(folder);
  const best = JSON.parse(readFileSync(paths.best, "utf8"));
  const answers = (path: string) =>
    readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map(({ id, reply, replyTokens, stopped }) => ({ id, reply, replyTokens, stopped }));
  return {
    emails: readFileSync(paths.emails, "utf8"),
    replies: readFileSync(paths.replies, "utf8"),
    rejected: readFileSync(paths.rejected, "utf8"),
    split: readFileSync(paths.split, "utf8"),
    best,
    adapter: readFileSync(join(folder, best.checkpoint, "adapter_model.safetensors")).toString("base64"),
    predictions: answers(paths.predictions),
    evaluation: readFileSync(paths.evaluation, "utf8"),
    gguf: readFileSync(join(paths.exportFolder, "model-q8_0.gguf")).toString("base64"),
  };
}

beforeAll(async () => {
  await writeTinyBase(base);
  writeMailbox(mail, 40);
}, 60_000);

describe("run", () => {
  it("does every stage, and nothing the second time", { timeout: 120_000 }, async () => {
    const first = await runHere([...runArgs(undisturbed), "--json"]);
    expect(first.code, first.stderr).toBe(0);
    const result = JSON.parse(first.stdout);
    expect(Object.keys(result)).toEqual(["run", "import", "distill", "train", "evaluate", "export"]);
    expect(result.import.kept).toBe(40);
    expect(result.evaluate.systems.student.bleu.signature).toContain("compat:2.6.0");
    for (const stage of ["import", "distill", "train", "evaluate", "export"])
      expect(first.stderr).toContain(`✓ ${stage}: `);

    const paths = runPaths(undisturbed);
    const stamps = () =>
      [paths.emails, paths.replies, paths.best, paths.evaluation, paths.exportReport].map(
        (path) => statSync(path).mtimeMs,
      );
    const before = stamps();
    const second = await runHere([...runArgs(undisturbed), "--json"]);
    expect(second.code, second.stderr).toBe(0);
    expect(JSON.parse(second.stdout)).toEqual(result);
    expect(stamps()).toEqual(before);
    expect(existsSync(paths.lock)).toBe(false);
  });

  it("leaves a report, and scores anew without generating anything", { timeout: 120_000 }, async () => {
    const paths = runPaths(undisturbed);
    const page = readFileSync(paths.report, "utf8");
    expect(page).toContain("how good are the replies?");
    expect(page).toContain("Teacher, asked again");
    const evaluation = readFileSync(paths.evaluation, "utf8");
    expect(JSON.parse(evaluation).ceiling.status).toBe("made");
    const made = [paths.predictions, paths.basePredictions, join(paths.ceiling, "attempts.jsonl")];
    const kept = [...made.slice(0, 2), paths.likelihoods, paths.baseLikelihoods];
    const before = kept.map((path) => readFileSync(path, "utf8"));
    const calls = (path: string) =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line.includes('"emailId"')).length;
    const called = calls(made[2]);
    rmSync(paths.evaluated);
    const again = await runHere(["evaluate", "--run", undisturbed, "--rescore"]);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain("report.html");
    expect(readFileSync(paths.evaluation, "utf8")).toBe(evaluation);
    expect(kept.map((path) => readFileSync(path, "utf8"))).toEqual(before);
    expect(calls(made[2])).toBe(called);
    const other = await runHere(["evaluate", "--run", undisturbed, "evaluate.ceiling=off", "evaluate.cleanBelow=0.3"]);
    expect(other.code, other.stderr).toBe(0);
    expect(other.stdout).toContain("No ceiling: evaluate.ceiling is off.");
    const back = await runHere(["evaluate", "--run", undisturbed, "evaluate.ceiling=auto", "evaluate.cleanBelow=0.5"]);
    expect(back.code, back.stderr).toBe(0);
    expect(readFileSync(paths.evaluation, "utf8")).toBe(evaluation);
  });

  it("says how likely the references are to the model, and of an endpoint that this is not known", {
    timeout: 120_000,
  }, async () => {
    const own = JSON.parse(readFileSync(runPaths(undisturbed).evaluation, "utf8"));
    const { student, base } = own.likelihood;
    expect(own.likelihood.missing).toBeNull();
    expect([student.references, base.references, student.unread]).toEqual([own.items, own.items, 0]);
    expect(student.loss).toBeLessThan(base.loss); // a few steps of training
    expect(student.bitsPerByte).toBeCloseTo((student.loss * student.tokens) / Math.LN2 / student.bytes, 12);
    expect(own.compat[4]).toMatchObject({ name: "teacher-forced", missing: null });

    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ choices: [{ message: { content: "Yes." }, finish_reason: "stop" }] }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const folder = join(scratch, "endpoint");
    cpSync(undisturbed, folder, { recursive: true });
    const { predictions, basePredictions, likelihoods, baseLikelihoods, evaluated, evaluation, ...paths } =
      runPaths(folder);
    const made = [predictions, basePredictions, likelihoods, baseLikelihoods, evaluated, evaluation];
    const others = [paths.baseExport, paths.ceiling, paths.report, paths.exportFolder, paths.exportReport];
    for (const path of [...made, ...others]) rmSync(path, { recursive: true });
    const args = [`evaluate.predictor.baseUrl=${url}`, "evaluate.predictor.model=x"];
    const { code, stdout, stderr } = await runHere(["evaluate", "--run", folder, ...args]);
    server.close();
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/teacher-forced +n\/a .*an endpoint tells nothing of a text that it did not write/);
    expect(stdout).toContain("No loss and no bits per byte of the model: an endpoint tells nothing");
    const report = JSON.parse(readFileSync(evaluation, "utf8"));
    expect(existsSync(likelihoods)).toBe(false);
    expect(report.likelihood).toMatchObject({ student: null, base });
    expect(readFileSync(paths.report, "utf8")).toContain("None of the model: an endpoint tells nothing");
  });

  it("is put to the bench: the references of the mails are read beside the replies", { timeout: 120_000 }, async () => {
    const items = join(scratch, "items.jsonl");
    const person = { name: "Ann", address: "ann@example.org" };
    const mail = {
      from: person,
      to: [{ name: "Mei", address: "mei@example.org" }],
      date: "2026-01-05T10:00:00Z",
      subject: "Hi",
      body: "Do you come?",
    };
    const item = {
      id: "one",
      intent: "question",
      formality: "neutral",
      language: "en",
      thread: [mail],
      user: mail.to[0],
      needsReply: true,
      asks: [],
      references: ["Yes, gladly.", "No."],
    };
    writeFileSync(items, JSON.stringify(item));
    const args = ["bench", "--run", undisturbed, "--items", items, "--out", join(scratch, "bench")];
    const first = await runHere([...args, "--json"]);
    expect(first.code, first.stderr).toBe(0);
    const { likelihood, noLikelihood } = JSON.parse(first.stdout);
    expect(noLikelihood).toBeNull();
    expect(likelihood).toMatchObject({ references: 2, bytes: "Yes, gladly.No.".length });
    const rows = readFileSync(join(scratch, "bench", "likelihoods.jsonl"), "utf8");
    const second = await runHere(args);
    expect(second.stdout).toContain("A17 the model");
    expect(readFileSync(join(scratch, "bench", "likelihoods.jsonl"), "utf8")).toBe(rows);
  });

  it("is compared with another run of the same mails, and refused where they differ", {
    timeout: 120_000,
  }, async () => {
    const other = join(scratch, "compared");
    cpSync(undisturbed, other, { recursive: true });
    const same = await runHere(["compare", undisturbed, other, "--json"]);
    expect(same.code, same.stderr).toBe(0);
    expect(JSON.parse(same.stdout).verdict).toMatch(/^No difference/);
    writeFileSync(
      runPaths(other).evaluated,
      readFileSync(runPaths(other).evaluated, "utf8").replace("Person", "Nobody"),
    );
    const broken = await runHere(["compare", undisturbed, other]);
    expect(broken).toMatchObject({ code: 1, stdout: "" });
    expect(broken.stderr).toContain("expected the content that the scores were made of");
    const self = await runHere(["compare", undisturbed, undisturbed]);
    expect(self.stderr).toContain("are the same run folder");
    const missing = await runHere(["compare", undisturbed, join(scratch, "nowhere")]);
    expect(missing.stderr).toContain("There is no run folder");
  });

  it("takes a person's decisions to the model in one command, and keeps the old results for compare", {
    timeout: 120_000,
  }, async () => {
    const folder = join(scratch, "decided");
    cpSync(undisturbed, folder, { recursive: true });
    const paths = runPaths(folder);
    const rows = readFileSync(paths.replies, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const trained = JSON.parse(readFileSync(paths.split, "utf8")).train as string[];
    const { id, email } = rows.find((row) => trained.includes(row.id));
    const decision = {
      id,
      emailDigest: reviewedDigest(email),
      decision: "reject",
      reply: null,
      attempt: null,
      note: "no",
    };
    writeFileSync(paths.reviews, `${JSON.stringify({ ...decision, at: "2026-01-01T00:00:00Z" })}\n`);
    const asItIs = await runHere(["distill", "--run", folder]);
    expect(asItIs.stderr).toContain(`npx pocketreply run --from distill --run ${folder}`);
    const again = await runHere(["run", "--from", "distill", "--run", folder]);
    expect(again.code, again.stderr).toBe(0);
    const earlier = join(folder, "earlier", "run-1");
    expect(again.stdout).toContain(`npx pocketreply compare ${earlier} ${folder} --intersect`);
    expect(readFileSync(paths.replies, "utf8")).not.toContain(`"id":"${id}"`);
    expect(JSON.parse(readFileSync(paths.split, "utf8")).train).not.toContain(id);
    expect(JSON.parse(readFileSync(paths.distillReport, "utf8")).reviewed.rejected).toBe(1);
    const calls = (path: string) => readFileSync(path, "utf8").split('"emailId"').length;
    expect(calls(paths.attempts)).toBe(calls(runPaths(undisturbed).attempts));
    expect(readFileSync(runPaths(earlier).evaluation, "utf8")).toBe(
      readFileSync(runPaths(undisturbed).evaluation, "utf8"),
    );
    const compared = await runHere(["compare", earlier, folder, "--intersect"]);
    expect(compared.code, compared.stderr).toBe(0);
    expect(compared.stdout).toContain("answered by both");
    const anew = await runHere(["train", "--anew", "--run", folder, "train.epochs=1"]);
    expect(anew.code, anew.stderr).toBe(0);
    expect(existsSync(join(folder, "earlier", "run-2", "best.json"))).toBe(true);
    expect((await runHere(["run", "--run", scratchFolder()])).stderr).toContain("Name the mail: --mail PATH");
  });

  it("killed at random moments and started again, ends with the same rows, weights and scores", {
    timeout: 300_000,
  }, async () => {
    const folder = join(scratch, "killed");
    const random = createRandom("kills");
    const stages = ["Run folder", "✓ import", "✓ distill", "✓ distill", "✓ train", "✓ evaluate"];
    let kills = 0;
    for (const stage of [...stages, null]) {
      let waiting = false;
      const { code, signal, stderr } = await runCli(runArgs(folder), {
        onStderr: (text, kill) => {
          if (stage === null || waiting || !text.includes(stage)) return;
          waiting = true;
          setTimeout(() => kill("SIGKILL"), random.integer(700));
        },
      });
      if (signal === "SIGKILL") kills++;
      else expect(code, stderr).toBe(0);
    }
    expect(kills).toBeGreaterThan(2);
    expect(outcome(folder)).toEqual(outcome(undisturbed));
  });

  it("stopped by Ctrl-C leaves with 130 and says how to go on", { timeout: 60_000 }, async () => {
    const folder = join(scratch, "stopped");
    const finished = await runCli(runArgs(folder), {
      onStderr: (text, kill) => {
        if (text.includes("✓ import")) kill("SIGINT");
      },
    });
    expect(finished.code, finished.stderr).toBe(130);
    expect(finished.stderr).toContain(
      `Stopped. What is finished is kept; to go on: npx pocketreply run --mail ${mail} --run ${folder}`,
    );
    expect(existsSync(runPaths(folder).lock)).toBe(false);
  });

  it("refuses another mailbox in the same folder", async () => {
    const other = join(scratch, "other.mbox");
    writeMailbox(other, 5);
    const { code, stderr } = await runHere(["import", "--mail", other, "--run", undisturbed]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(mail) });
  });
});

describe("the result", () => {
  it("answers a mail: text for a person, numbers for a machine", async () => {
    const input = "From: Dana <dana@example.org>\nSubject: Lunch\n\nAre you free on Friday?\n";
    const file = join(scratch, "lunch.eml");
    writeFileSync(file, input);
    const shown = await runHere(["reply", file, "--run", undisturbed, "--max-tokens", "5"]);
    expect(shown.code, shown.stderr).toBe(0);
    const { code, stdout } = await runCli(
      ["reply", "--run", undisturbed, "--json", "--set", "evaluate.maxReplyTokens=5"],
      { input },
    );
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.replyTokens).toBeLessThanOrEqual(5);
    expect(result.model).toBe(join(undisturbed, "export", "model-q8_0.gguf"));
    expect(shown.stdout.trim()).toBe(printable(result.reply));
  });

  it("is served over HTTP until Ctrl-C, which is no failure", async () => {
    let health: Promise<unknown> | undefined;
    const finished = await runCli(["serve", "--run", undisturbed, "--port", "0"], {
      onStdout: (text, kill) => {
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
        if (url === undefined || health !== undefined) return;
        health = fetch(`${url}/health`).then((response) => response.json());
        health.finally(() => kill("SIGINT")).catch(() => {});
      },
    });
    expect(await health).toMatchObject({ status: "ok" });
    expect(finished.code, finished.stderr).toBe(0);
  });

  it("says what is wrong with a mail or a model that cannot be used", async () => {
    const refused = (options: { run: string; file: string; model?: string }) =>
      reply({ set: [], ...options }, quietSession());
    const put = (text: string) => {
      const path = join(scratchFolder(), "mail.txt");
      writeFileSync(path, text);
      return path;
    };
    const run = undisturbed;
    await expect(refused({ run, file: "nowhere.eml" })).rejects.toThrow("The mail nowhere.eml is not there");
    await expect(refused({ run, file: scratch })).rejects.toThrow("is a folder");
    await expect(refused({ run, file: put(" \n") })).rejects.toThrow("is empty: there is no mail in it");
    await expect(refused({ run, file: put("Subject: x\n\n> only quoted\n") })).rejects.toThrow("no text to answer");
    await expect(refused({ run: scratchFolder(), file: put("Hi") })).rejects.toThrow("There is no exported model in");
    await expect(refused({ run, file: put("Hi"), model: mail })).rejects.toThrow(mail);
    const stdin = await runCli(["reply", "-", "--run", undisturbed], { input: "" });
    expect(stdin).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "standard input is empty: there is no mail in it.\n",
    });
  });
});

describe("a mailbox that cannot be used", () => {
  const refusals: [what: string, content: string | undefined, message: string][] = [
    ["is missing", undefined, "does not exist"],
    ["is empty", "", "holds no mail"],
    ["has no usable mail", "From a@b Mon Jan  5 10:00:00 2026\nSubject: x\n\n\n", "holds no usable mail"],
  ];
  for (const [what, content, message] of refusals) {
    it(`${what}: one clear error, and the folder still takes a good one`, async () => {
      const folder = join(scratchFolder(), "run");
      const path = join(scratchFolder(), "bad.mbox");
      if (content !== undefined) writeFileSync(path, content);
      const failed = importMailbox({ run: folder, set: [], mail: path }, quietSession());
      await expect(failed).rejects.toBeInstanceOf(UserError);
      await expect(failed).rejects.toThrow(path);
      await expect(failed).rejects.toThrow(message);
      await importMailbox({ run: folder, set: [], mail }, quietSession());
      expect(existsSync(runPaths(folder).importReport)).toBe(true);
    });
  }

  it("is told on the command line without a stack", async () => {
    const failed = await runHere(["run", "--mail", "nowhere.mbox", "--run", join(scratchFolder(), "run")]);
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toContain("The mail source nowhere.mbox does not exist");
    expect(failed.stderr).not.toMatch(/\n\s+at /);
  });
});

describe("a base that cannot be used", () => {
  const weights = "model.safetensors";

  async function rewrite(
    folder: string,
    change: (name: string, shape: readonly number[]) => readonly number[] | undefined,
  ) {
    const reader = await openSafetensors(join(base, weights));
    const kept = [...reader.entries.values()].flatMap(({ name, shape }) => {
      const changed = change(name, shape);
      return changed === undefined ? [] : [{ name, shape: changed }];
    });
    const tensors = kept.map(({ name, shape }) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      return { name, shape, dtype: "F32" as const, data: new Float32Array(size) };
    });
    await reader.close();
    await writeSafetensors(join(folder, weights), tensors);
  }

  const cases: [what: string, spoil: (folder: string) => Promise<void> | void, messages: string[]][] = [
    [
      "lacks a tensor",
      (folder) => rewrite(folder, (name, shape) => (name === "model.layers.1.mlp.up_proj.weight" ? undefined : shape)),
      ["model.layers.1.mlp.up_proj.weight", "missing"],
    ],
    [
      "has a tensor of another shape",
      (folder) => rewrite(folder, (name, shape) => (name === "model.norm.weight" ? [31] : shape)),
      ["model.norm.weight is [31] (expected [64])", "config.json"],
    ],
    ["is cut short", (folder) => truncateSync(join(folder, weights), 20_000), [weights]],
    ["has no weights", (folder) => rmSync(join(folder, weights)), ["model.safetensors"]],
    ["has no tokenizer", (folder) => rmSync(join(folder, "tokenizer.json")), ["tokenizer.json"]],
    [
      "is no Llama",
      (folder) => writeFileSync(join(folder, "config.json"), '{"model_type": "gpt2"}'),
      ['config.json: the architecture "gpt2" cannot be trained', "Take SmolLM2"],
    ],
    ["is not there", (folder) => rmSync(folder, { recursive: true }), ["The base model", "config.json"]],
  ];
  for (const [what, spoil, messages] of cases) {
    it(`${what}: one clear error`, async () => {
      const broken = join(scratchFolder(), "base");
      cpSync(base, broken, { recursive: true });
      await spoil(broken);
      const folder = join(scratchFolder(), "run");
      copyDistilled(folder);
      const failed = train({ run: folder, set: [`base=${broken}`] }, quietSession());
      await expect(failed).rejects.toBeInstanceOf(UserError);
      for (const message of messages) await expect(failed).rejects.toThrow(message);
      expect(existsSync(runPaths(folder).lock)).toBe(false);
    });
  }

  it("is told on the command line without a stack, and mended, it trains", async () => {
    const folder = join(scratchFolder(), "run");
    copyDistilled(folder);
    const broken = await runHere(["train", "--run", folder, "base=models/nothing-here"]);
    expect(broken).toMatchObject({ code: 1, stdout: "" });
    expect(broken.stderr).not.toMatch(/\n\s+at /);
    await train({ run: folder, set: [`base=${base}`] }, quietSession());
    expect(existsSync(runPaths(folder).trainReport)).toBe(true);
  });
});

it("a base whose weights changed since training is not exported with the adapter of the old ones", async () => {
  const folder = join(scratchFolder(), "run");
  const copy = join(scratchFolder(), "base");
  cpSync(base, copy, { recursive: true });
  copyDistilled(folder);
  const options = { run: folder, set: [`base=${copy}`] };
  await train(options, quietSession());
  const weights = readFileSync(join(copy, "model.safetensors"));
  writeFileSync(join(copy, "model.safetensors"), weights.with(weights.length - 1, weights.at(-1)! ^ 0x80)); // one sign
  await expect(exportRun(options, quietSession())).rejects.toThrow(
    /The weights in .*base are not those that the run was trained on.*Put the base back/s,
  );
  writeFileSync(join(copy, "model.safetensors"), weights);
  await exportRun(options, quietSession());
  expect(existsSync(runPaths(folder).exportReport)).toBe(true);
});

describe("a disk that takes no more", () => {
  // No rights to fill a disk in a test: the shell's file size limit stands in, which fails writes in the same places.
  it("stops import, distill and train with one clear error, and each goes on when there is room", {
    timeout: 120_000,
  }, async () => {
    const folder = join(scratchFolder(), "run");
    for (const stage of [["import", "--mail", mail], ["distill"], ["train"]]) {
      const args = [...stage, "--run", folder, ...tinyOverrides(base)];
      const failed = await runCli(args, { fileSizeLimitBlocks: 20 });
      expect(failed.code, failed.stderr).toBe(1);
      expect(failed.stderr).toContain("could not be written: it would grow past the largest file size allowed here");
      expect(failed.stderr).not.toMatch(/\n\s+at /);
      const again = await runHere(args);
      expect(again.code, again.stderr).toBe(0);
    }
  });
});

/** A run folder whose import and distill are complete. */
function copyDistilled(folder: string): void {
  const from = runPaths(undisturbed);
  const to = runPaths(folder);
  mkdirSync(folder, { recursive: true });
  for (const key of [
    "recipe",
    "emails",
    "importReport",
    "attempts",
    "replies",
    "rejected",
    "preferences",
    "distillReport",
  ] as const) {
    cpSync(from[key], to[key]);
  }
}
