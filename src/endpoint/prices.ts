/**
 * What tokens cost. A table for the providers' own addresses, each line with the day and place it was read; a recipe's
 * `teacher.price` and `judge.price` replace it. A model that is in neither has no price: its cost is unknown, never 0.
 */
import type { Endpoint } from "../recipe.ts";

/** US dollars per million tokens. */
export interface Price {
  readonly input: number;
  /** Prompt tokens that the provider had cached. */
  readonly cachedInput: number;
  readonly output: number;
  /** What a provider's batch API takes of it; null where it has none that is known. */
  readonly batchShare: number | null;
  /** Where and when it was read, for the person. */
  readonly source: string;
}

interface ListedPrice {
  readonly model: string;
  /** input, cached input, output */
  readonly usd: readonly [number, number, number];
  readonly readOn: string;
  readonly at: string;
}

const wiki = { readOn: "2026-05-27", at: "github.com/CommitBrief/commitbrief/wiki/Provider-OpenAI" };
const guide = { readOn: "2026-03", at: "deploybase.ai/articles/openai-pricing (cached input: docs.rs/adk-model)" };
const luna = { readOn: "2026-11", at: "codersera.com, on OpenAI's price list" };

/** OpenAI's list prices, from pages that quote developers.openai.com/api/docs/pricing. Prices move: look there before a large run. */
const openAiPrices: readonly ListedPrice[] = [
  { model: "gpt-4o", usd: [2.5, 1.25, 10], ...wiki },
  { model: "gpt-4o-mini", usd: [0.15, 0.075, 0.6], ...wiki },
  { model: "gpt-4.1", usd: [2, 0.5, 8], ...guide },
  { model: "gpt-4.1-mini", usd: [0.4, 0.1, 1.6], ...guide },
  { model: "gpt-4.1-nano", usd: [0.1, 0.025, 0.4], ...guide },
  { model: "gpt-5", usd: [1.25, 0.125, 10], ...guide },
  { model: "gpt-5-mini", usd: [0.25, 0.025, 2], ...guide },
  { model: "gpt-5-nano", usd: [0.05, 0.005, 0.4], ...guide },
  { model: "gpt-6-luna", usd: [0.1, 0.01, 0.5], ...luna },
];

/** Dated versions that never had the price of their family's name. */
const exceptions = new Set(["gpt-4o-2024-05-13"]);

/** OpenAI's Batch API asks half (developers.openai.com/api/docs/guides/batch). */
const OPENAI_BATCH_SHARE = 0.5;

/** The price of an endpoint's model, or null where it is not known. The built-in rules cost nothing. */
export function findPrice({ baseUrl, model, price }: Endpoint): Price | null {
  const { input, cachedInput, output } = price;
  const listed = findListed(baseUrl, model);
  const batchShare = isOpenAi(baseUrl) ? OPENAI_BATCH_SHARE : null;
  if (input !== null && output !== null) {
    const source = "the recipe";
    return { input, cachedInput: cachedInput ?? input, output, batchShare, source };
  }
  if (baseUrl === "builtin")
    return { input: 0, cachedInput: 0, output: 0, batchShare: null, source: "built in: no provider, no price" };
  if (!listed) return null;
  const [listedInput, listedCached, listedOutput] = listed.usd;
  const mixed = [input, cachedInput, output].some((value) => value !== null) ? "the recipe and " : "";
  return {
    input: input ?? listedInput,
    cachedInput: cachedInput ?? Math.min(listedCached, input ?? listedCached),
    output: output ?? listedOutput,
    batchShare,
    source: `${mixed}OpenAI's list price, read ${listed.readOn} at ${listed.at}`,
  };
}

function findListed(baseUrl: string, model: string): ListedPrice | undefined {
  if (!isOpenAi(baseUrl) || exceptions.has(model)) return undefined;
  const family = model.replace(/-\d{4}-\d{2}-\d{2}$/, "");
  return openAiPrices.find((entry) => entry.model === family);
}

function isOpenAi(baseUrl: string): boolean {
  return URL.canParse(baseUrl) && new URL(baseUrl).hostname === "api.openai.com";
}
