/** Tokenizer, chat template, training examples and token counts. */

export { LLAMA3_SPECIAL_TOKENS, type TrainedTokenizer, trainBpe } from "./bpe.ts";
export { BYTE_CHARACTERS, CHARACTER_BYTES } from "./bytes.ts";
export {
  type ChatMessage,
  encodeChat,
  LLAMA3_CHAT_TEMPLATE,
  type PromptSegment,
  renderPromptSegments,
} from "./chat.ts";
export { createEncoderTokenizer, type EncoderTokenizer, loadEncoderTokenizer } from "./encoder-tokenizer.ts";
export {
  type EncodedExample,
  encodeExample,
  encodeFittingPrompt,
  encodePrompt,
  type PromptOptions,
} from "./example.ts";
export {
  createTokenizer,
  loadTokenizer,
  type SpecialTokens,
  type Tokenizer,
  type TokenizerConfig,
  type TokenizerJson,
} from "./tokenizer.ts";
export { buildTokenizerConfig } from "./tokenizer-config.ts";
export { loadTokenCounter, type TokenCounter } from "./tokens.ts";
export { PYTHON_SPACE, splitWords, trim, trimEnd, trimStart } from "./whitespace.ts";
