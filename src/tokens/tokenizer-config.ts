/** The tokenizer_config.json that goes with a tokenizer of `trainBpe`. */
import { LLAMA3_CHAT_TEMPLATE } from "./chat.ts";

/** tokenizer_config.json of a Llama 3 style instruct model; `maxTokens` is the longest sequence the model takes. */
export function buildTokenizerConfig({ maxTokens }: { maxTokens: number }): Record<string, unknown> {
  return {
    bos_token: "<|begin_of_text|>",
    chat_template: LLAMA3_CHAT_TEMPLATE,
    clean_up_tokenization_spaces: false,
    eos_token: "<|eot_id|>",
    model_input_names: ["input_ids", "attention_mask"],
    model_max_length: maxTokens,
    pad_token: "<|finetune_right_pad_id|>",
    tokenizer_class: "PreTrainedTokenizerFast",
  };
}
