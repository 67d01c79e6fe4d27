/** The part of this room that runs in a browser too: tokenizers from parsed files, chat template, training examples. */
export { CHARACTER_BYTES, joinBytes } from "./bytes.ts";
export { encodeChat } from "./chat.ts";
export { encodeExample, encodeFittingPrompt, TooLongError } from "./example.ts";
export { ggufTokenizerFiles } from "./gguf-tokenizer.ts";
export type { ChatMessage } from "./template.ts";
export { createTokenizer, type Tokenizer, type TokenizerConfig, type TokenizerJson } from "./tokenizer.ts";
export { trimEnd, trimStart } from "./whitespace.ts";
