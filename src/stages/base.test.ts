import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import { quietSession } from "../commands/tiny.fixture.ts";
import { writeGguf } from "../formats/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { findBase, findLicense, readOrigin } from "./base.ts";
import { tellOfBase } from "./base-check.ts";
import { findModelFiles } from "./model.ts";

const work = mkdtempSync(join(tmpdir(), "base-"));
afterAll(() => rmSync(work, { recursive: true }));

describe("findBase", () => {
  it("finds the base that ships from any folder", async () => {
    expect(await findBase("models/pocket-base", runPaths(work))).toMatch(/models[\\/]pocket-base$/);
  });
  it("says where a base must come from when there is none", async () => {
    await expect(findBase("models/nothing-here", runPaths(work))).rejects.toThrow(
      "The base model models/nothing-here is not there",
    );
  });
  it("knows the licence that a card or a GGUF file names, for it holds for what is made of them", async () => {
    const paths = runPaths(join(work, "licensed"));
    expect(await findLicense(await findBase("models/pocket-base", paths), paths)).toBe("mit");
    const card = join(work, "carded");
    mkdirSync(card);
    expect(await findLicense(card, paths)).toBeUndefined();
    writeFileSync(join(card, "README.md"), "---\nlicense: other\nlicense_name: acme-2\ntags: [mail]\n---\n# A model\n");
    expect(await findLicense(card, paths)).toBe("acme-2");
    writeFileSync(join(card, "README.md"), "# A model\nlicense: mit, it says here, and not at its head\n");
    expect(await findLicense(card, paths)).toBeUndefined();
    const gguf = join(work, "licensed.gguf");
    await writeTinyGguf(gguf, { license: "apache-2.0" });
    expect(await findLicense(await findBase(gguf, paths), paths)).toBe("apache-2.0");
  });
  it("refuses a GGUF of another architecture by name", async () => {
    const path = join(work, "other.gguf");
    const string = (value: string) => ({ type: "string", value }) as const;
    await writeGguf(path, {
      metadata: new Map([
        ["general.architecture", string("gemma3")],
        ["tokenizer.ggml.model", string("gpt2")],
        ["tokenizer.ggml.pre", string("gpt-2")],
      ]),
      tensors: [{ name: "token_embd.weight", shape: [4, 32], type: "F32", data: new Float32Array(128) }],
    });
    await expect(findBase(path, runPaths(join(work, "run")))).rejects.toThrow('the architecture "gemma3"');
  });
});

describe("tellOfBase", () => {
  it("says once where sequences are longer than the base knows, and where its template opens a thought", async () => {
    const { student, train } = defaultRecipe();
    const ship = fileURLToPath(new URL("../../models/pocket-base", import.meta.url));
    const notes = async (base: string, maxTokens: number) => {
      const said: string[] = [];
      const session = quietSession();
      session.progress.line = (text) => void said.push(text);
      const context = { folder: { recipe: { student, train: { ...train, maxTokens } } }, session };
      await tellOfBase(context, base); // before anything is paid for
      await tellOfBase(context, base); // and as the training begins
      return said;
    };
    expect(await notes(ship, 1024)).toEqual([]);
    expect(await notes(ship, 1025)).toEqual([expect.stringContaining("Set train.maxTokens=1024.")]);
    const thinking = join(work, "thinking");
    mkdirSync(thinking);
    for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"])
      writeFileSync(join(thinking, name), readFileSync(join(ship, name)));
    const template = JSON.parse(readFileSync(join(ship, "tokenizer_config.json"), "utf8")).chat_template as string;
    const open = "{% if add_generation_prompt %}<think>\n{% endif %}";
    writeFileSync(join(thinking, "chat_template.jinja"), template + open);
    expect(await notes(thinking, 512)).toEqual([expect.stringContaining("opens a thought (<think>)")]);
  });
});

describe("findModelFiles", () => {
  const paths = runPaths(join(work, "adapted"));
  const [adapter, merged] = [join(paths.exportFolder, "adapter.gguf"), join(paths.exportFolder, "model-q8_0.gguf")];

  it("takes the base with the adapter where the export holds the adapter alone, and what is named before either", async () => {
    mkdirSync(paths.exportFolder, { recursive: true });
    mkdirSync(paths.baseFolder, { recursive: true });
    await expect(findModelFiles(paths)).rejects.toThrow(/no exported model|no run/);
    writeFileSync(adapter, "");
    writeFileSync(join(paths.baseFolder, "gguf.json"), JSON.stringify({ path: "/models/base.gguf" }));
    expect(await findModelFiles(paths)).toEqual({ model: "/models/base.gguf", adapter });
    expect(await findModelFiles(paths, { model: "other.gguf" })).toEqual({ model: "other.gguf" });
    writeFileSync(merged, "");
    expect(await findModelFiles(paths)).toEqual({ model: merged });
    expect(await findModelFiles(paths, { adapter: "style.gguf" })).toEqual({ model: merged, adapter: "style.gguf" });
  });
});

describe("a base by its name on the hub", () => {
  const source = fileURLToPath(new URL("../../golden/export/base", import.meta.url));
  const contents = new Map(readdirSync(source).map((name) => [name, readFileSync(join(source, name))]));
  const commits = ["a".repeat(40), "b".repeat(40)];
  const keys = ["HF_ENDPOINT", "HF_HUB_CACHE", "POCKETREPLY_CACHE"] as const;
  const before = Object.fromEntries(keys.map((key) => [key, process.env[key]]));
  const asked: string[] = [];
  let main = commits[0];
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = request.url!;
      asked.push(url);
      const json = (value: unknown) => void response.end(JSON.stringify(value));
      const [, revision] = /^\/api\/models\/tiny\/llama\/revision\/(.+)$/.exec(url) ?? [];
      if (revision)
        return json({
          sha: revision === "main" ? main : revision,
          cardData: { license: "other", license_name: "tiny-1.0" },
        });
      if (url.startsWith("/api/models/tiny/llama/tree/"))
        return json(
          [...contents].map(([path, bytes]) => ({ type: "file", path, size: bytes.length, oid: gitSha1(bytes) })),
        );
      const bytes = contents.get(url.split("/resolve/")[1]?.split("/").slice(1).join("/") ?? "");
      response.writeHead(bytes ? 200 : 404, { "content-length": bytes?.length ?? 0 }).end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.POCKETREPLY_CACHE = join(work, "cache");
    process.env.HF_HUB_CACHE = join(work, "hub");
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    for (const key of keys) {
      if (before[key] === undefined) delete process.env[key];
      else process.env[key] = before[key];
    }
  });
  const gitSha1 = (bytes: Buffer) => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

  it("is downloaded once, its licence shown and its commit kept for the run, whatever the name means later", async () => {
    const paths = runPaths(join(work, "hub-run"));
    const shown: string[] = [];
    const session = quietSession();
    session.progress.line = (text) => void shown.push(text);
    const folder = await findBase("tiny/llama", paths, session);
    expect(readFileSync(join(folder, "model.safetensors")).equals(contents.get("model.safetensors")!)).toBe(true);
    expect(shown.join()).toContain("base: tiny/llama at commit aaaaaaaaaaaa. Licence: tiny-1.0.");
    expect(await readOrigin(paths)).toEqual({
      ...{ name: "tiny/llama", commit: commits[0] },
      ...{ license: "other", licenseName: "tiny-1.0", licenseLink: null },
    });
    expect(await findLicense(folder, paths)).toBe("tiny-1.0");
    const count = asked.length;
    expect(await findBase("tiny/llama", paths, session)).toBe(folder);
    expect(asked.length).toBe(count);

    main = commits[1]; // the owner has uploaded another model, and the cache was emptied
    rmSync(join(work, "cache"), { recursive: true });
    expect(await findBase("tiny/llama", paths, session)).toContain(commits[0]);
    expect((await readOrigin(paths))!.commit).toBe(commits[0]);
    expect(asked.some((url) => url.includes(`/tree/${commits[0]}`))).toBe(true);
  });

  it("that the hub does not have is refused with both reasons, and a folder of one's own never asked for", async () => {
    const paths = runPaths(join(work, "no-run"));
    await expect(findBase("tiny/nothing", paths)).rejects.toThrow(
      /no folder or GGUF file of that name is here, and of the hub: .*the model tiny\/nothing \(revision main\) \(404\)/,
    );
    const count = asked.length;
    const here = process.cwd();
    mkdirSync(join(work, "mine"));
    try {
      process.chdir(work);
      await expect(findBase("mine/llama", paths)).rejects.toThrow("no folder of that name holds a config.json");
    } finally {
      process.chdir(here);
    }
    expect(asked.length).toBe(count);
  });
});
