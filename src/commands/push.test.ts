import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { exportModel } from "../export/index.ts";
import { runHere, scratchFolder } from "./tiny.fixture.ts";

const base = fileURLToPath(new URL("../../models/pocket-base", import.meta.url));
const run = join(scratchFolder(), "my run's folder");
const exported = join(run, "export");
const model = join(exported, "model-8da8w.pte");

beforeAll(async () => {
  const metadata = { name: "test", systemPrompt: "", dateString: "" };
  await exportModel({ base, checkpoint: null, out: exported, formats: ["pte"], metadata });
});

describe("inspect", () => {
  it("tells what a .pte holds, for a person and for a machine", async () => {
    const { code, stdout } = await runHere(["inspect", model]);
    expect(code).toBe(0);
    expect(stdout).toContain("made with     executorch 1.5.1");
    expect(stdout).toContain("context       1024 tokens");
    expect(stdout).toContain("ends at 3070, 3069, 3066");
    const report = JSON.parse((await runHere(["inspect", model, "--json"])).stdout);
    expect(report).toMatchObject({ kind: "pte", contextLength: 1024, vocabularySize: 3072, bosId: 3065, problems: [] });
    expect(report.delegateCalls).toEqual({ XnnpackBackend: 54 }); // 10 a layer and 4
    expect(report.operators["llama::custom_sdpa.out"]).toBe(5);
    // 5 layers of q, k, v, o, gate, up, down, and the head: 36 matrices with 3,735,552 weights, 8 bits each
    expect(report.weights[0]).toMatchObject({ packing: "int8-row", matrices: 36, weights: 3_735_552 });
    expect(report.weights[1]).toEqual({ packing: "int8 embedding", matrices: 1, weights: 786_432, bytes: 786_432 });
  });

  it("names every problem of a program that would not run, and exits 1", async () => {
    const bytes = readFileSync(model);
    const cut = join(scratchFolder(), "cut.pte");
    writeFileSync(cut, bytes.subarray(0, bytes.length - 4096));
    const { code, stdout, stderr } = await runHere(["inspect", cut]);
    expect(code).toBe(1);
    expect(stdout).toContain("made with     executorch 1.5.1");
    expect(stderr).toContain(
      `${cut} has 1 problems:\n  the header says ${bytes.length} bytes, the file has ${bytes.length - 4096}`,
    );
  });

  it("refuses other files, damaged ones, and none, without a stack", async () => {
    const folder = scratchFolder();
    const [text, damaged] = [join(folder, "text"), join(folder, "damaged.pte")];
    writeFileSync(text, "hello");
    writeFileSync(damaged, readFileSync(model).fill(0xff, 1000, 40_000));
    const said = async (file: string) => (await runHere(["inspect", file])).stderr;
    expect(await said(text)).toContain(`${text} is none of the kinds that are read here`);
    expect(await said(damaged)).toContain("The file is damaged or no FlatBuffer.");
    expect(await said(damaged)).not.toMatch(/\n\s+at /);
    expect(await said(join(folder, "none"))).toContain("does not exist");
  });
});

/** adb's stand-in: a folder is the phone's /data/local/tmp/llama, its shell is this machine's. */
function standInAdb({ devices = ["abc\tdevice"], fails = "" }: { devices?: string[]; fails?: string } = {}) {
  const folder = scratchFolder();
  const phone = join(folder, "phone");
  const adb = join(folder, "adb");
  writeFileSync(
    adb,
    `#!/usr/bin/env node
const { appendFileSync, copyFileSync } = require("node:fs");
const { spawnSync } = require("node:child_process");
const args = process.argv.slice(2);
appendFileSync(${JSON.stringify(join(folder, "calls"))}, JSON.stringify(args) + "\\n");
const here = (text) => text.replaceAll("/data/local/tmp/llama", ${JSON.stringify(phone)});
if (args[0] === "-s") args.splice(0, 2);
if (args[0] === "devices") console.log("List of devices attached\\n" + ${JSON.stringify(devices.join("\n"))} + "\\n");
else if (${JSON.stringify(fails)} !== "" && args.join(" ").includes(${JSON.stringify(fails)})) { console.error("adb: error: No space left on device"); process.exit(1); }
else if (args[0] === "push") copyFileSync(args[1], here(args[2]));
else process.exit(spawnSync("sh", ["-c", here(args[1])], { stdio: "inherit" }).status);
`,
  );
  chmodSync(adb, 0o755);
  const calls = () =>
    readFileSync(join(folder, "calls"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as string[]);
  return { adb, phone, calls };
}

describe("push --android", () => {
  const push = (...args: string[]) => runHere(["push", "--android", "--run", run, ...args]);

  it("puts model and tokenizer on the phone, whole, and says what the app needs", async () => {
    const { adb, phone } = standInAdb();
    const { code, stdout } = await push("--adb", adb);
    expect(code).toBe(0);
    expect(readdirSync(phone).sort()).toEqual(["model-8da8w.pte", "tokenizer.json"]);
    for (const name of readdirSync(phone)) {
      expect(readFileSync(join(phone, name)).equals(readFileSync(join(exported, name)))).toBe(true);
    }
    expect(stdout).toContain("No smoke run: /data/local/tmp/llama/llama_main is not on the phone");
    expect(stdout).toContain("The app must be built with executorch 1.5.1.");
  });

  it("runs the runner that is pushed, with a mail in the frame of the model", async () => {
    const { adb, phone } = standInAdb();
    const runner = join(scratchFolder(), "llama_main");
    writeFileSync(runner, '#!/bin/sh\nfor word in "$@"; do printf "[%s]" "$word"; done\n');
    const { code, stdout } = await push("--adb", adb, "--runner", runner, "--serial", "abc");
    expect(code).toBe(0);
    expect(statSync(join(phone, "llama_main")).mode & 0o111).toBe(0o111);
    expect(stdout).toContain(
      "[--model_path][model-8da8w.pte][--tokenizer_path][tokenizer.json][--prompt][<|begin_of_text|>",
    );
    expect(stdout).toContain("Subject: Meeting\n\nCan we move our meeting to Thursday at 3 pm?<|eot_id|>");
    expect(stdout).toContain("<|start_header_id|>assistant<|end_header_id|>\n\n][--max_new_tokens][40]");
  });

  it("prints commands that a shell takes as they are, and runs none, with --print", async () => {
    const { adb, phone, calls } = standInAdb();
    const { code, stdout } = await push("--adb", adb, "--print");
    expect(code).toBe(0);
    expect(existsSync(phone)).toBe(false);
    expect(calls).toThrow("ENOENT");
    const [mkdir, send, rename] = stdout.split("\n");
    expect(mkdir).toBe(`${adb} shell 'mkdir -p /data/local/tmp/llama'`);
    expect(send).toBe(`${adb} push '${model.replaceAll("'", "'\\''")}' /data/local/tmp/llama/model-8da8w.pte.partial`);
    expect(rename).toContain("mv /data/local/tmp/llama/model-8da8w.pte.partial /data/local/tmp/llama/model-8da8w.pte");
  });

  it("leaves no file of the final name where a push fails, and gives adb's reason", async () => {
    const { adb, phone } = standInAdb({ fails: "push" });
    const { code, stderr } = await push("--adb", adb);
    expect(code).toBe(1);
    expect(stderr).toContain("adb failed (1) at the model: adb: error: No space left on device.");
    expect(readdirSync(phone)).toEqual([]);
  });

  it("asks for a phone, for one of several, and for adb", async () => {
    const said = async (...args: string[]) => (await push(...args)).stderr;
    expect(await said("--adb", standInAdb({ devices: [] }).adb)).toContain("that is ready: none. Plug the phone in");
    expect(await said("--adb", standInAdb({ devices: ["abc\tunauthorized"] }).adb)).toContain("abc (unauthorized)");
    const two = standInAdb({ devices: ["abc\tdevice", "def\tdevice"] }).adb;
    expect(await said("--adb", two)).toContain("abc (device), def (device). Name one with --serial.");
    expect(await said("--adb", two, "--serial", "xyz")).toContain("no phone xyz that is ready");
    expect(await said("--adb", join(scratchFolder(), "adb"))).toContain("Install Android's platform tools");
  });

  it("refuses a run without a .pte, and a file that would not run", async () => {
    const empty = join(scratchFolder(), "run");
    mkdirSync(empty);
    expect((await runHere(["push", "--android", "--run", empty])).stderr).toContain("'export.formats=[pte]'");
    const folder = scratchFolder();
    cpSync(exported, folder, { recursive: true });
    writeFileSync(join(folder, "model-8da8w.pte"), readFileSync(model).subarray(0, 4_000_000));
    const cut = await push("--model", join(folder, "model-8da8w.pte"));
    expect(cut.stderr).toContain("would not run on a phone: the header says");
    expect((await runHere(["push", "--run", run])).stderr).toContain("name the phone's kind: --android");
  });
});
