/** Tokenizers, chat template, training examples and token counts. */
export { LLAMA3_SPLIT, QWEN2_SPLIT, trainBpe } from "./bpe.ts";
export { encodeChat } from "./chat.ts";
export { type EncoderTokenizer, loadEncoderTokenizer } from "./encoder-tokenizer.ts";
export { encodeExample, TooLongError } from "./example.ts";
export { writeGgufTokenizer } from "./gguf-files.ts";
export type { ChatMessage } from "./template.ts";
export type { Tokenizer, TokenizerConfig, TokenizerJson } from "./tokenizer.ts";
export { buildTokenizerConfig } from "./tokenizer-config.ts";
export { loadTokenizer } from "./tokenizer-files.ts";
export { loadTokenCounter, type TokenCounter } from "./tokens.ts";
export { PYTHON_SPACE, splitWords, trimEnd } from "./whitespace.ts";
