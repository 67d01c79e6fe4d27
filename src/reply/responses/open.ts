/** A response set, ready for an assistant. */
import type { ReadyReplies } from "../assistant/ready-replies.ts";
import { buildTrie, rankByModel, type Trie } from "./beam.ts";
import { bestOfIntent, chooseDiverse, rankBySigns } from "./choose.ts";
import type { ResponseSet } from "./set.ts";

/** The set as the assistant uses it; its trie is built at the first choice of a model, in that model's vocabulary. */
export function openResponses(set: ResponseSet): ReadyReplies & { readonly set: ResponseSet } {
  const tries = new WeakMap<object, Trie>();
  return {
    set,
    language: set.language,
    best: (intent, { reading, fits }) =>
      bestOfIntent(rankBySigns(set, reading), { intent, reading, fits })?.text ?? null,
    async choose(model, mail, { reading, fits, ...options }) {
      const trie = tries.get(model) ?? buildTrie(set, model);
      tries.set(model, trie);
      const ranked = await rankByModel(model, mail, { ...options, set, trie, reading });
      return chooseDiverse(
        ranked.filter(({ text }) => fits(text)),
        reading,
      );
    },
  };
}
