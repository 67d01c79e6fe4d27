/** A model that says what it is told, without an engine: words are its tokens, and a script says which text follows which. */
import { LLAMA3_CHAT_TEMPLATE, LLAMA3_SPECIAL_TOKENS } from "../../tokens/index.ts";
import type { GgufTokenizer } from "../tokenizer.ts";
import type { AssistantModel, NextToken } from "./model.ts";

const utf8 = new TextEncoder();
const specials: readonly string[] = LLAMA3_SPECIAL_TOKENS;
/** Special tokens, then every word that was met, with the space before it. */
const words: string[] = [...specials];
const idOf = new Map(words.map((word, id) => [word, id]));
const END = specials.indexOf("<|eot_id|>");
const isSpecial = (id: number) => id < specials.length;

function encode(text: string): number[] {
  return (text.match(/[^\S\n]?[^\s.!?,]+|[.!?,]|\s/gu) ?? []).map((word) => {
    let id = idOf.get(word);
    if (id === undefined) {
      id = words.push(word) - 1;
      idOf.set(word, id);
    }
    return id;
  });
}

const tokenizer: GgufTokenizer = {
  vocabularySize: 100_000,
  encode,
  specialId: (token) => (specials.includes(token) ? specials.indexOf(token) : undefined),
  decode: (ids) =>
    ids
      .filter((id) => !isSpecial(id))
      .map((id) => words[id])
      .join(""),
  bosId: 0,
  endIds: [END],
  specialTokens: { bos: "<|begin_of_text|>", eos: "<|eot_id|>", all: specials },
  chatTemplate: LLAMA3_CHAT_TEMPLATE,
  tokenBytes: (id) => (isSpecial(id) ? new Uint8Array() : utf8.encode(words[id])),
  endsReply: isSpecial,
};

/** What was asked of the model, for tests of sharing and of order. */
export interface Asked {
  /** The text of the prompt, special tokens left out. */
  readonly prompts: string[];
  calls: number;
}

/**
 * A model with a `script`: each line is a whole reply. After a reply so far it goes on as the first line does that begins with it; where none
 * does, it ends. Each choice has probability 0.9, the end the rest.
 */
export function scriptedModel(
  script: readonly string[],
  options: Partial<AssistantModel> = {},
): AssistantModel & { asked: Asked } {
  const asked: Asked = { prompts: [], calls: 0 };
  const replyOf = (ids: readonly number[]) => {
    let start = ids.length;
    while (start > 0 && !isSpecial(ids[start - 1])) start--;
    return tokenizer.decode(ids.slice(start)).replace(/^\n\n/, "");
  };
  const following = (ids: readonly number[]): NextToken[] => {
    const said = replyOf(ids);
    const line = script.find((text) => text.startsWith(said) && text !== said);
    const next = line === undefined ? END : encode(line.slice(said.length))[0];
    const rest = next === END ? encode(" or")[0] : END;
    return [
      { id: next, logProb: Math.log(0.9) },
      { id: rest, logProb: Math.log(0.1) },
    ];
  };
  return {
    ...{ name: "scripted", systemPrompt: "Reply to this email.", dateString: "26 Jul 2024" },
    ...{ contextTokens: 4096, contextLength: 4096, isSteered: false, tokenizer, asked },
    next: async (ids, { signal }) => {
      signal?.throwIfAborted();
      asked.calls++;
      const prompt = tokenizer.decode(ids);
      if (asked.prompts.at(-1) !== prompt) asked.prompts.push(prompt);
      return following(ids);
    },
    score: async (ids, { start, signal }) => {
      signal?.throwIfAborted();
      asked.calls++;
      return ids.slice(start).map((id, i) => {
        const [first] = following(ids.slice(0, start + i));
        return Math.log(first.id === id ? 0.9 : 0.01);
      });
    },
    ...options,
  };
}
