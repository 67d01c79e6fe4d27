/** Tokenizers, chat template, training examples and token counts. */
export { LLAMA3_SPECIAL_TOKENS, trainBpe } from "./bpe.ts";
export { BYTE_CHARACTERS, CHARACTER_BYTES } from "./bytes.ts";
export { type ChatMessage, encodeChat, LLAMA3_CHAT_TEMPLATE } from "./chat.ts";
export { type EncoderTokenizer, loadEncoderTokenizer } from "./encoder-tokenizer.ts";
export { encodeExample, encodeFittingPrompt, TooLongError } from "./example.ts";
export { writeGgufTokenizer } from "./gguf-files.ts";
export { loadTokenizer, type Tokenizer, type TokenizerConfig, type TokenizerJson } from "./tokenizer.ts";
export { buildTokenizerConfig } from "./tokenizer-config.ts";
export { loadTokenCounter, type TokenCounter } from "./tokens.ts";
export { PYTHON_SPACE, splitWords, trimEnd, trimStart } from "./whitespace.ts";
