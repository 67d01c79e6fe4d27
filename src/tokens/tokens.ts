/**
 * Token counts of o200k_base, the vocabulary of GPT-4o and later OpenAI models: what a paid teacher counts and bills. The
 * only importer of gpt-tokenizer, which is loaded when first wanted: it takes 200 thousand merges into memory.
 */

/** Counts the tokens of a text. */
export type TokenCounter = (text: string) => number;

/** Loads the vocabulary (once). What looks like a special token in a text is counted as the plain text that it is. */
export async function loadTokenCounter(): Promise<TokenCounter> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  const plain = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, plain);
}
