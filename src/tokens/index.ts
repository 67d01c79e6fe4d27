/** Tokenizers, chat template, training examples and token counts. */
export { LLAMA3_SPECIAL_TOKENS, LLAMA3_SPLIT, QWEN2_SPLIT, trainBpe } from "./bpe.ts";
export { BYTE_CHARACTERS, CHARACTER_BYTES } from "./bytes.ts";
export { encodeChat, encodeMarked, LLAMA3_CHAT_TEMPLATE } from "./chat.ts";
export { type EncoderTokenizer, loadEncoderTokenizer } from "./encoder-tokenizer.ts";
export { encodeExample, encodeFittingPrompt, TooLongError } from "./example.ts";
export { writeGgufTokenizer } from "./gguf-files.ts";
export { partAddedTokens } from "./markers.ts";
export { type ChatMessage, findEndOfTurn, renderPromptSegments } from "./template.ts";
export type { Tokenizer, TokenizerConfig, TokenizerJson } from "./tokenizer.ts";
export { buildTokenizerConfig } from "./tokenizer-config.ts";
export { loadTokenizer } from "./tokenizer-files.ts";
export { loadTokenCounter, type TokenCounter } from "./tokens.ts";
export { PYTHON_SPACE, splitWords, trimEnd, trimStart } from "./whitespace.ts";
