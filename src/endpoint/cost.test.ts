import { describe, expect, it } from "vitest";
import { answerSchemas, buildMessages } from "../prompts/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { loadTokenCounter } from "../tokens/index.ts";
import { costUsd, mostCostUsd, mostPromptTokens } from "./cost.ts";
import { findPrice } from "./prices.ts";

const endpoint = (baseUrl: string, model: string, price = {}) => ({
  ...defaultRecipe().teacher,
  baseUrl,
  model,
  price: { input: null, cachedInput: null, output: null, ...price },
});
const openai = "https://api.openai.com/v1";

describe("a price", () => {
  it("is found by family name or dated version, with source and date, at the provider's own address alone", () => {
    expect(findPrice(endpoint(openai, "gpt-4o-2024-08-06"))).toMatchObject({
      input: 2.5,
      cachedInput: 1.25,
      output: 10,
    });
    expect(findPrice(endpoint(openai, "gpt-4o"))!.source).toMatch(/list price, read 2026-\d\d/);
    expect(findPrice(endpoint(openai, "gpt-4o-mini-2024-07-18"))).toMatchObject({
      input: 0.15,
      output: 0.6,
      batchShare: 0.5,
    });
    for (const unknown of [
      endpoint(openai, "gpt-4o-2024-05-13"), // cost twice as much
      endpoint(openai, "gpt-9"),
      endpoint("https://openrouter.ai/api/v1", "gpt-4o"),
      endpoint("http://localhost:8080/v1", "gpt-4o"),
      endpoint("nonsense", "gpt-4o"),
    ])
      expect(findPrice(unknown)).toBeNull();
  });

  it("of the recipe comes first, in whole or in part; the built-in rules are free", () => {
    expect(findPrice(endpoint("http://localhost/v1", "m", { input: 0, output: 0 }))).toMatchObject({
      input: 0,
      source: "the recipe",
    });
    expect(findPrice(endpoint("http://localhost/v1", "m", { input: 3 }))).toBeNull(); // half a price is none
    expect(findPrice(endpoint(openai, "gpt-4o", { output: 8 }))).toMatchObject({ input: 2.5, output: 8 });
    expect(findPrice(endpoint("builtin", "builtin-rules"))).toMatchObject({ input: 0, output: 0 });
  });
});

describe("a cost", () => {
  const price = findPrice(endpoint(openai, "gpt-4o"))!;
  it("is prompt, cached prompt and completion tokens by price, and not known without counts or price", () => {
    // 1,000 prompt tokens of which 400 cached, 100 completion tokens: 600·2.5 + 400·1.25 + 100·10 = 3,000 millionths
    expect(costUsd({ promptTokens: 1000, completionTokens: 100, cachedPromptTokens: 400 }, price)).toBeCloseTo(
      0.003,
      12,
    );
    expect(costUsd({ promptTokens: 0, completionTokens: 100 }, price)).toBeCloseTo(0.001, 12); // Ollama counts no cached prompt
    expect(costUsd(null, price)).toBeNull();
    expect(costUsd({ promptTokens: 5, completionTokens: 5 }, null)).toBeNull();
  });

  it("is never more than its bound, in any script", async () => {
    const count = await loadTokenCounter();
    for (const email of [
      "Hello, can we meet?",
      "你好，请回复这封邮件。",
      "🙂".repeat(50),
      "<|endoftext|>",
      "ஆவணம் zażółć 𝔘𝔫𝔦",
    ]) {
      const messages = buildMessages({ kind: "judge", email, reply: email }, { set: "default", redacted: true });
      const schema = answerSchemas.default.judge;
      const tokens =
        messages.reduce((sum, { content }) => sum + count(content) + 4, 3) + count(JSON.stringify(schema.schema));
      expect(mostPromptTokens({ messages, schema })).toBeGreaterThanOrEqual(tokens);
      const cost = costUsd({ promptTokens: tokens, completionTokens: 600 }, price)!;
      expect(mostCostUsd({ messages, schema, maxTokens: 600 }, price)).toBeGreaterThanOrEqual(cost);
    }
  });
});
