/** Stand-ins for the tests of this room: mails, a scripted teacher, a run folder. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runInChild } from "../../scripts/fixtures/child.ts";
import { compiled } from "../../scripts/fixtures/compiled.ts";
import { BUILTIN_MODEL, type BuiltinTeacherOptions, startBuiltinTeacher } from "../builtin/index.ts";
import type { Email } from "../mail/index.ts";
import { criteria, type PromptData } from "../prompts/index.ts";
import { hashString } from "../random.ts";
import { defaultRecipe, type Recipe } from "../recipe.ts";
import type { DistillPaths } from "./distill.ts";

/** A mail that is like no other. */
export function makeEmail(
  i: number,
  body = `Dear team,\n\ncould you send me report number ${i} by Friday?\n\nThanks, Ada`,
): Email {
  const person = (name: string) => ({ name, address: `${name.toLowerCase()}@example.org` });
  return {
    id: `mail-${String(i).padStart(6, "0")}`,
    threadId: `thread-${i}`,
    messageId: null,
    inReplyTo: null,
    from: person("Ada"),
    to: [person("Bob")],
    cc: [],
    date: null,
    subject: `Report ${i}`,
    body,
    answers: null,
    source: `test:${i}`,
  };
}

/** A teacher whose answers follow from the data alone. About half of the first drafts pass at 0.8 (mean), some mails never do. */
export function scriptedAnswer(data: PromptData): object {
  const number = (text: string) => hashString(text) % 1000;
  switch (data.kind) {
    case "generate":
      return { response: `Thank you for your mail, I will look into it (${number(data.email)}).` };
    case "judge": {
      const level = 0.6 + (number(data.email + data.reply) / 1000) * 0.4;
      return {
        scores: Object.fromEntries(criteria.map((criterion, i) => [criterion, Math.min(1, level + i * 0.001)])),
        feedback: Object.fromEntries(
          criteria.map((criterion) => [criterion, `more ${criterion} (${number(data.reply)})`]),
        ),
      };
    }
    case "refine":
      return { refined_response: `Thank you, better now (${number(data.reply + data.feedback.relevance)}).` };
    default:
      return data satisfies never;
  }
}

/** A scripted teacher on its loopback port, closed when the test ends. */
export async function startScripted(options: BuiltinTeacherOptions = {}) {
  const teacher = await startBuiltinTeacher({ answer: scriptedAnswer, ...options });
  onTestFinished(() => teacher.close());
  return teacher;
}

/** A folder that goes away with the test. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "distill-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A run folder with `mails` in emails.jsonl. */
export async function makeRun(mails: readonly Email[]): Promise<{ emails: string; paths: DistillPaths }> {
  const folder = await makeFolder();
  const at = (name: string) => join(folder, name);
  await writeFile(at("emails.jsonl"), mails.map((mail) => `${JSON.stringify(mail)}\n`).join(""));
  return {
    emails: at("emails.jsonl"),
    paths: {
      attempts: at("attempts.jsonl"),
      replies: at("replies.jsonl"),
      rejected: at("rejected.jsonl"),
      preferences: at("preferences.jsonl"),
      report: at("distill.json"),
    },
  };
}

/** A recipe for tests: the defaults with short waits and one endpoint. */
export function makeRecipe(baseUrl: string, distill: Partial<Recipe["distill"]> = {}): Recipe {
  const defaults = defaultRecipe();
  const teacher = { ...defaults.teacher, baseUrl, model: BUILTIN_MODEL, apiKeyEnv: "POCKETREPLY_TEST_KEY" };
  const waits = { timeoutMs: 30_000, retries: 6, backoffMs: 2, maxBackoffMs: 20 };
  return { ...defaults, seed: 7, teacher, distill: { ...defaults.distill, ...waits, ...distill } };
}

export async function readRows<T>(path: string): Promise<T[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

/** The three result files as text, to compare byte for byte. */
export async function readResults(paths: DistillPaths): Promise<string[]> {
  return Promise.all([paths.replies, paths.rejected, paths.preferences].map((path) => readFile(path, "utf8")));
}

/** What the proxy answers itself; null lets the request through. */
export type Verdict = { status: number; error: object } | null;

/** A server in front of another that answers in its place where `decide` says so. */
export async function startProxy(target: string, decide: (body: string) => Verdict, port = 0): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const verdict = decide(body);
    if (verdict) {
      response.writeHead(verdict.status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: verdict.error }));
      return;
    }
    const answer = await fetch(target.replace("/v1", request.url!), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  });
  if (port) await freePort(port);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  servers.set((server.address() as AddressInfo).port, server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const servers = new Map<number, ReturnType<typeof createServer>>();

async function freePort(port: number): Promise<void> {
  const server = servers.get(port)!;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Distils in a process of its own. */
export function distilInChild(options: object): ReturnType<typeof runInChild> {
  const code = `import { distillEmails } from ${JSON.stringify(compiled("src/distill/distill.ts"))}; await distillEmails(${JSON.stringify(options)});`;
  return runInChild(code);
}
