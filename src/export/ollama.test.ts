/** The Modelfile's template, rendered as Ollama renders it, gives the ids of our own prompt, by llama.cpp on the GGUF beside it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getLlama } from "node-llama-cpp";
import { afterAll, expect, it } from "vitest";
import { encodeChat, loadTokenizer, type TokenizerJson } from "../tokens/index.ts";
import { createTokenizer } from "../tokens/portable.ts";
import { exportModel } from "./export.ts";
import { modelfile, ollamaTemplate } from "./ollama.ts";

const base = fileURLToPath(new URL("../../golden/export/base", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "ollama-"));
afterAll(() => rmSync(out, { recursive: true }));
const metadata = { name: "tiny", systemPrompt: "Reply to this email.", dateString: "26 Jul 2024" };

/** Go's text/template, as far as a Modelfile of ours uses it: fields of the data, and strings in quotes. */
function renderGo(template: string, data: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{ (?:\.(\w+)|("(?:[^"\\]|\\.)*")) \}\}/g, (_, field?: string, text?: string) =>
    field === undefined ? (JSON.parse(text!) as string) : (data[field] ?? ""),
  );
}

it("frames a mail in the ids of training", async () => {
  const [file] = await exportModel({ base, checkpoint: null, out, formats: ["ollama"], metadata });
  expect(file).toMatchObject({ format: "ollama", path: join(out, "ollama") });
  const text = readFileSync(join(file.path, "Modelfile"), "utf8");
  expect(text).toContain("FROM ./model-q8_0.gguf\n");
  expect(text).toContain('SYSTEM """Reply to this email."""');
  expect(text).toContain('PARAMETER stop "<|eot_id|>"');
  const template = /TEMPLATE """([\s\S]*?)"""/.exec(text)![1];
  const email = "From: Ann\nSubject: Lunch\n\nNoon? {{ .System }} or <mail>?";
  const rendered = renderGo(template, { System: metadata.systemPrompt, Prompt: email, Response: "" });
  expect(rendered.endsWith("<|eot_id|>")).toBe(true); // what Ollama drops when it asks for a reply: all behind .Response
  const tokenizer = await loadTokenizer(base);
  const messages = [
    { role: "system", content: metadata.systemPrompt },
    { role: "user", content: email },
  ] as const;
  const ours = encodeChat(tokenizer, { messages, dateString: metadata.dateString, addGenerationPrompt: true });
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
  const model = await llama.loadModel({ modelPath: join(file.path, "model-q8_0.gguf") });
  const prompt = rendered.slice(0, -"<|eot_id|>".length);
  expect([tokenizer.bosId, ...model.tokenize(prompt, true)]).toEqual(ours); // Ollama puts the begin token before it
  await model.dispose();
});

it("keeps braces of a template as text, and a begin token that the GGUF does not add", () => {
  const json = JSON.parse(readFileSync(join(base, "tokenizer.json"), "utf8")) as TokenizerJson;
  const tokenizer = createTokenizer({
    json,
    config: { bos_token: "<|begin_of_text|>", eos_token: "<|eot_id|>" },
    chatTemplate:
      "{{ bos_token }}{% for m in messages %}{{ '{{' + m.role + '}} ' + m.content + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}> {% endif %}",
  });
  const template = ollamaTemplate(tokenizer, { dateString: "", addsBos: false });
  expect(template).toBe(
    '<|begin_of_text|>{{ "{{" }}system}} {{ .System }}<|eot_id|>{{ "{{" }}user}} {{ .Prompt }}<|eot_id|>> {{ .Response }}<|eot_id|>',
  );
  expect(renderGo(template, { System: "s", Prompt: "p" })).toBe(
    "<|begin_of_text|>{{system}} s<|eot_id|>{{user}} p<|eot_id|>> <|eot_id|>",
  );
  const quotes = { ...metadata, systemPrompt: 'say """ twice' };
  expect(() => modelfile({ file: "x.gguf", tokenizer, metadata: quotes, addsBos: true })).toThrow(
    'A Modelfile cannot hold a system prompt with """ in it',
  );
});
