/** Stand-ins for the tests of the judge: a scripted endpoint, replies to judge, a folder for the results. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ChatMessage } from "../endpoint/index.ts";
import { unfence } from "../endpoint/index.ts";
import { defaultRecipe, type Recipe } from "../recipe.ts";
import { criterionNames } from "./criteria.ts";
import type { JudgeItem } from "./judge.ts";

/** A question as the endpoint sees it. */
export interface Asked {
  readonly email: string;
  readonly reply: string;
  readonly first: string;
  readonly second: string;
  readonly messages: readonly ChatMessage[];
  /** How often this question came before. */
  readonly before: number;
}

/** An HTTP status, a refusal, a cut answer, or the words (an object becomes JSON). */
export type Answer =
  | { readonly status: number }
  | { readonly refusal: string }
  | { readonly cut: string }
  | string
  | object;

/** A judge on a loopback port that answers what `answer` says, closed when the test ends. */
export async function startJudge(answer: (asked: Asked) => Answer) {
  const seen = { total: 0, bodies: [] as { messages: ChatMessage[]; temperature: number; seed: number }[] };
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    seen.total++;
    seen.bodies.push(body);
    const text = body.messages[1].content as string;
    const email = unfence("EMAIL", text)!;
    const block = (label: string) => unfence(label, text, email.end)?.text ?? "";
    const before = counts.get(text) ?? 0;
    counts.set(text, before + 1);
    const said = answer({
      email: email.text,
      reply: block("REPLY"),
      first: block("FIRST"),
      second: block("SECOND"),
      messages: body.messages,
      before,
    });
    const status = typeof said === "object" && "status" in said ? (said.status as number) : 200;
    response.writeHead(status, { "content-type": "application/json" });
    if (status !== 200) return void response.end(JSON.stringify({ error: { message: `scripted ${status}` } }));
    const isCut = typeof said === "object" && "cut" in said;
    const refusal = typeof said === "object" && "refusal" in said ? said.refusal : null;
    const content = isCut ? said.cut : refusal !== null ? null : typeof said === "string" ? said : JSON.stringify(said);
    const message = { role: "assistant", content, refusal };
    const usage = { prompt_tokens: 100, completion_tokens: 10 };
    response.end(JSON.stringify({ choices: [{ message, finish_reason: isCut ? "length" : "stop" }], usage }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}

/** A sound answer that passes the reply, with what differs on top. */
export function passing(reply: string, changes: object = {}): object {
  const quote = { email: "", reply: reply.split("\n")[0], note: "" };
  const findings = { register: [quote], form: [quote] };
  return {
    ...Object.fromEntries(
      criterionNames.map((name) => [name, { findings: findings[name as "form"] ?? [], verdict: "pass" }]),
    ),
    placeholders: [],
    ...changes,
  };
}

/** Replies to `count` mails, two mails a thread. */
export function makeItems(count: number): JudgeItem[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `mail-${i}`,
    threadId: `thread-${i >> 1}`,
    email: `From: Ada Byron\nSubject: Report ${i}\n\nCould you send me report ${i}?`,
    reply: `Dear Ada, I will look for report ${i} and write again.`,
    names: ["Ada Byron"],
  }));
}

/** A recipe with this judge and short waits. */
export function judgeRecipe(baseUrl: string, changes: Partial<Recipe["evaluate"]> = {}): Recipe {
  const recipe = defaultRecipe();
  return {
    ...recipe,
    distill: { ...recipe.distill, concurrency: 4, retries: 1, backoffMs: 1, maxBackoffMs: 2, timeoutMs: 5000 },
    evaluate: {
      ...recipe.evaluate,
      judge: { ...recipe.teacher, baseUrl, model: "scripted", apiKeyEnv: "POCKETREPLY_TEST_KEY" },
      ...changes,
    },
  };
}

/** Paths in a folder that goes away with the test. */
export async function judgeFolder() {
  const folder = await mkdtemp(join(tmpdir(), "judge-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const at = (name: string) => join(folder, name);
  return {
    folder,
    judgements: at("judgements.jsonl"),
    judged: at("judged.jsonl"),
    judgeReport: at("judge.json"),
    judgedPairs: at("judged-pairs.jsonl"),
    judgePairsReport: at("judge-pairs.json"),
  };
}

/** The rows of a JSONL file. */
export async function rowsOf<T>(path: string): Promise<T[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
