/** How sure a completion has to be, so that words are offered at a chosen share of the places where a person types. */
import { FormatError } from "../errors.ts";
import type { Assistant } from "./assistant/assistant.ts";
import type { AssistantMail } from "./assistant/mail.ts";

/** How sure the model was of the next word at many places: completion.json. */
export interface CompletionRates {
  readonly format: "pocketreply completion 1";
  /** The checkpoint it was measured with (`best.json`). */
  readonly of: unknown;
  readonly places: number;
  /** 101 of them, from the least sure place to the surest; 0 where nothing can be offered, as behind the end of a sentence. */
  readonly quantiles: readonly number[];
}

/** A place in a reply that is typed word by word. */
export interface CompletionPlace {
  /** Up to this threshold a word is offered here. */
  readonly confidence: number;
  /** Whether it is the next one. */
  readonly right: boolean;
}

/** Types `replies` word by word, at most `mostPlaces` words in all, and asks for one word at each place. */
export async function findCompletionPlaces(
  assistant: Pick<Assistant, "complete">,
  replies: readonly { readonly mail: AssistantMail; readonly reply: string }[],
  { mostPlaces, signal }: { mostPlaces: number; signal?: AbortSignal },
): Promise<CompletionPlace[]> {
  const places: CompletionPlace[] = [];
  for (const { mail, reply } of replies) {
    const words = reply.trimEnd().split(/(?<=\S)(?=\s)/); // each with the space before it
    for (let at = 1; at < words.length && places.length < mostPlaces; at++) {
      const typed = `${words.slice(0, at).join("")} `;
      const found = await assistant.complete(mail, typed, { confidence: 0, maxWords: 1, signal });
      const right = found !== null && found.text.trim().split(/\s+/)[0] === words[at].trim();
      places.push({ confidence: found?.confidence ?? 0, right });
    }
  }
  return places;
}

/** What is kept of them. */
export function summarisePlaces(places: readonly CompletionPlace[], of: unknown): CompletionRates {
  const sorted = places.map(({ confidence }) => confidence).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const quantiles = Array.from({ length: 101 }, (_, i) => at(i / 100));
  return { format: "pocketreply completion 1", of, places: places.length, quantiles };
}

/** The threshold above which words are offered at `rate` of the places; where fewer can have any, at all that can. Throws FormatError. */
export function confidenceFor(value: unknown, { rate, path }: { rate: number; path: string }): number {
  const { format, quantiles } = (value ?? {}) as Partial<CompletionRates>; // checked below
  if (format !== "pocketreply completion 1" || !Array.isArray(quantiles) || quantiles.length !== 101) {
    const fix = "Measure it again: npx pocketreply train --completion";
    throw new FormatError({ path, where: "quantiles", expected: "101 numbers", got: "something else", fix });
  }
  const threshold = Number(quantiles[Math.round(100 * (1 - rate))]);
  return threshold > 0 ? threshold : LEAST;
}

/** ours: nothing is offered of which the model is no surer than of one in ten. */
const LEAST = 0.1;
