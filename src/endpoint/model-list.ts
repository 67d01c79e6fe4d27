/** What an endpoint says of its models before the run: whether the one that was asked for exists, and for how long. */

import type { Recipe } from "../recipe.ts";
import { endpointUrl, readApiKey, requestHeaders } from "./address.ts";
import type { EndpointName } from "./endpoint-name.ts";
import { endpointsOf } from "./endpoints.ts";
import { openFileHttp } from "./file-http.ts";

/** ours: a model that goes within so long is worth a warning; a run, its evaluation and a second run may take as long. */
const NEAR_DAYS = 90;
/** ours: the list is a courtesy and not waited for. */
const TIMEOUT_MS = 5000;
const DAY_MS = 86_400_000;

/** Dates under the names that providers give them: OpenAI, Mistral, OpenRouter and others. */
const dateFields = ["shutdown_date", "deprecation", "deprecation_date", "expiration_date", "retirement_date", "sunset"];

/** OpenAI's announced ends (developers.openai.com/api/docs/deprecations, as quoted in November 2026), for lists that give no date. */
const announcedEnds: readonly (readonly [family: RegExp, date: string])[] = [
  [/^gpt-4o(-mini)?(-2024-(07-18|08-06|11-20))?$/, "2027-01-14"],
  [/^gpt-4\.1(-mini)?(-2025-04-14)?$/, "2027-01-14"],
];

/** The announced end of OpenAI's own models, in ms since 1970; Azure and others keep them longer. */
function announcedEnd({ baseUrl, model }: Pick<EndpointName, "baseUrl" | "model">): number | null {
  if (!URL.canParse(baseUrl) || new URL(baseUrl).hostname !== "api.openai.com") return null;
  const found = announcedEnds.find(([family]) => family.test(model));
  return found ? Date.parse(found[1]) : null;
}

/** What is known of the end of a recipe's models without asking anybody: for `plan`, which calls no endpoint. */
export function warnOfEnds(recipe: Recipe, now = Date.now()): string[] {
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const asked = [["teacher", teacher] as const, ...(isSame ? [] : [["judge", judge] as const])];
  return asked.flatMap(([role, { baseUrl, model }]) => describeEnd(role, model, announcedEnd({ baseUrl, model }), now));
}

function describeEnd(role: EndpointName["role"], model: string, endMs: number | null, now: number): string[] {
  if (endMs === null) return [];
  const days = Math.ceil((endMs - now) / DAY_MS);
  const date = new Date(endMs).toISOString().slice(0, 10);
  const advice = `Choose another ${role}.model (--recipe teacher-2027 holds a current one), or finish before that: calls to another model are paid for anew.`;
  if (days <= 0) return [`The ${role}'s model "${model}" was to be shut down on ${date}. ${advice}`];
  return days > NEAR_DAYS ? [] : [`The ${role}'s model "${model}" is shut down on ${date}, in ${days} days. ${advice}`];
}

/**
 * Asks `GET <baseUrl>/models`. Returns what the person should know (an unknown model, one that is about to be shut down, each a
 * sentence), nothing where all is well or the endpoint has no such list: whether it works, the first call shows.
 */
export async function checkModel(options: {
  endpoint: EndpointName;
  apiKey: string | null;
  signal?: AbortSignal;
  now?: () => number;
}): Promise<string[]> {
  const { endpoint, apiKey, signal, now = Date.now } = options;
  const { role, baseUrl, model } = endpoint;
  const models = await fetchModels(baseUrl, apiKey, signal);
  if (!models) return describeEnd(role, model, announcedEnd(endpoint), now());
  const entry = models.find(({ id }) => id === model);
  if (!entry) {
    const near = models.filter(({ id }) => id.includes(model) || model.includes(id)).map(({ id }) => id);
    const names = (near.length > 0 ? near : models.map(({ id }) => id)).slice(0, 5).join(", ");
    return [
      `The ${role} at ${baseUrl} does not list the model "${model}" (${role}.model). It lists ${models.length}${names ? `, such as ${names}` : ""}.`,
    ];
  }
  return describeEnd(role, model, readDate(entry) ?? announcedEnd(endpoint), now());
}

/** `checkModel` for the teacher of a recipe, and for its judge where that is another endpoint. The built-in teacher has nothing to say. */
export async function checkModels(recipe: Recipe, signal?: AbortSignal): Promise<string[]> {
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const asked = isSame
    ? ([["teacher", teacher]] as const)
    : ([
        ["teacher", teacher],
        ["judge", judge],
      ] as const);
  const warnings = asked.map(async ([role, { baseUrl, model, apiKeyEnv }]) => {
    if (baseUrl === "builtin") return [];
    const apiKey = readApiKey(apiKeyEnv);
    const endpoint = { role, baseUrl, model, apiKeyEnv, hasKey: apiKey !== null };
    return checkModel({ endpoint, apiKey, signal });
  });
  return (await Promise.all(warnings)).flat();
}

type ModelEntry = { readonly id: string } & Readonly<Record<string, unknown>>;

async function fetchModels(
  baseUrl: string,
  apiKey: string | null,
  signal: AbortSignal | undefined,
): Promise<ModelEntry[] | null> {
  if (!URL.canParse(baseUrl)) return null; // the first call says it
  const http = openFileHttp(baseUrl); // not fetch: with Node 20 it waits for ever for a server that closes at once, and holds any answer
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const { status, text } = await http.send({
      method: "GET",
      url: endpointUrl(baseUrl, "/models"),
      headers: requestHeaders(baseUrl, apiKey),
      idleMs: TIMEOUT_MS,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (status !== 200) return null;
    const { data } = JSON.parse(text) as { data?: unknown };
    if (!Array.isArray(data)) return null;
    return data.filter((entry): entry is ModelEntry => typeof entry?.id === "string");
  } catch {
    signal?.throwIfAborted();
    return null;
  } finally {
    http.close();
  }
}

/** The first date among the known fields: ISO 8601, or seconds or milliseconds since 1970. */
function readDate(entry: ModelEntry): number | null {
  for (const field of dateFields) {
    const value = entry[field];
    if (typeof value === "number" && value > 0) return value < 1e12 ? value * 1000 : value;
    const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
  }
  return null;
}
