import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { BUILTIN_MODEL } from "../builtin/index.ts";
import { makeRecipe, startScripted } from "../distill/distill.fixture.ts";
import { defaultRecipe } from "../recipe.ts";
import { checkModel, checkModels, warnOfEnds } from "./model-list.ts";

const name = (baseUrl: string, model: string) =>
  ({ role: "teacher", baseUrl, model, apiKeyEnv: "K", hasKey: false }) as const;
const now = () => Date.parse("2026-11-22T12:00:00Z");

async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(status);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

describe("announced ends", () => {
  const recipeWith = (baseUrl: string, model: string) => {
    const recipe = defaultRecipe();
    return { ...recipe, teacher: { ...recipe.teacher, baseUrl, model } };
  };
  const now = Date.parse("2026-11-29");

  it("are warned of without asking, for OpenAI's own address", () => {
    for (const model of ["gpt-4o-2024-08-06", "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini"])
      expect(warnOfEnds(recipeWith("https://api.openai.com/v1", model), now)).toEqual([
        expect.stringMatching(
          /^The teacher's model ".*" is shut down on 2027-01-14, in 46 days\. .*--recipe teacher-2027/,
        ),
      ]);
    expect(warnOfEnds(recipeWith("https://api.openai.com/v1", "gpt-6-luna"), now)).toEqual([]);
    expect(warnOfEnds(recipeWith("https://x.openai.azure.com/v1", "gpt-4o"), now)).toEqual([]);
    expect(warnOfEnds(recipeWith("https://api.openai.com/v1", "gpt-4o"), Date.parse("2027-02-01"))).toEqual([
      expect.stringContaining("was to be shut down on 2027-01-14"),
    ]);
  });
});

describe("the list of models", () => {
  it("warns of an unknown model, with those that are near", async () => {
    const { baseUrl } = await startScripted();
    expect(await checkModel({ endpoint: name(baseUrl, BUILTIN_MODEL), apiKey: null, now })).toEqual([]);
    expect(await checkModel({ endpoint: name(`${baseUrl}/`, "builtin"), apiKey: null, now })).toEqual([
      `The teacher at ${baseUrl}/ does not list the model "builtin" (teacher.model). It lists 1, such as ${BUILTIN_MODEL}.`,
    ]);
  });

  it.each([
    [
      "2027-01-14",
      /is shut down on 2027-01-14, in 53 days\. Choose another teacher\.model \(--recipe teacher-2027 .*\), or finish before that/,
    ],
    ["2026-10-23", /was to be shut down on 2026-10-23/],
    ["2027-06-01", null],
  ])("warns of a model whose end on %s is near or past", async (shutdownDate, message) => {
    const { baseUrl } = await startScripted({ shutdownDate, apiKey: "k" });
    const warnings = await checkModel({ endpoint: name(baseUrl, BUILTIN_MODEL), apiKey: "k", now });
    expect(warnings).toEqual(message ? [expect.stringMatching(message)] : []);
  });

  it("reads the dates of other providers", async () => {
    const list = (fields: object) => serve(200, JSON.stringify({ data: [{ id: "m", ...fields }] }));
    const warn = async (fields: object) => checkModel({ endpoint: name(await list(fields), "m"), apiKey: null, now });
    expect(await warn({ deprecation: "2026-12-01T00:00:00Z" })).toHaveLength(1);
    expect(await warn({ expiration_date: Date.parse("2026-12-01") / 1000 })).toHaveLength(1);
    expect(await warn({ deprecation: null, created: 1_700_000_000 })).toEqual([]);
  });

  it.each([
    ["closes every connection at once", "socket.destroy()"], // with Node 20, fetch in another process waits for this one for ever
    [
      "sends a list without end",
      'socket.write("HTTP/1.1 200 OK\\r\\n\\r\\n"); setInterval(() => socket.write(".".repeat(1 << 20)), 1)',
    ],
  ])("waits for no server that %s", async (_, answer) => {
    const script = `const server = require("net").createServer((socket) => { socket.on("error", () => {}); ${answer} });
      server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;
    const child = spawn(process.execPath, ["-e", script]);
    onTestFinished(() => void child.kill());
    const [port] = await once(child.stdout, "data");
    const startedMs = performance.now();
    const baseUrl = `http://127.0.0.1:${String(port).trim()}/v1`;
    expect(await checkModel({ endpoint: name(baseUrl, "m"), apiKey: null, now })).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(4000);
  });

  it("is silent where there is no such list, or nobody", async () => {
    for (const baseUrl of [
      await serve(404, "no"),
      await serve(200, "<html>"),
      await serve(200, "{}"),
      "http://127.0.0.1:9/v1",
    ])
      expect(await checkModel({ endpoint: name(baseUrl, "m"), apiKey: null, now })).toEqual([]);
    const { baseUrl } = await startScripted({ apiKey: "k" });
    expect(await checkModel({ endpoint: name(baseUrl, "m"), apiKey: null, now })).toEqual([]); // 401: the first call says it better
    const gone = AbortSignal.abort(new Error("enough"));
    await expect(checkModel({ endpoint: name(baseUrl, "m"), apiKey: null, signal: gone, now })).rejects.toThrow(
      "enough",
    );
  });
});

describe("the endpoints of a recipe", () => {
  it("are asked once each; the built-in teacher not at all", async () => {
    const { baseUrl } = await startScripted();
    const recipe = makeRecipe(baseUrl);
    const other = { ...recipe.teacher, model: "judge-1" };
    expect(await checkModels({ ...recipe, teacher: { ...recipe.teacher, baseUrl: "builtin", model: "x" } })).toEqual(
      [],
    );
    expect(await checkModels({ ...recipe, teacher: other, judge: other })).toHaveLength(1);
    expect(await checkModels({ ...recipe, judge: other })).toEqual([
      expect.stringMatching(/^The judge at .* does not list the model "judge-1" \(judge\.model\)/),
    ]);
  });
});
