/** Conversations as token ids. */
import { invariant } from "../errors.ts";
import { type ChatMessage, type PromptSegment, renderPromptSegments, splitAtSpecialTokens } from "./template.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * The chat template of Llama 3.2 for conversations without tools. Renders what Meta's own template renders;
 * `date_string` must be given, or every day would train another prompt.
 */
export const LLAMA3_CHAT_TEMPLATE = `{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
`;

/** The conversation as ids, begin token included where the template has it. */
export function encodeChat(
  tokenizer: Tokenizer,
  options: { messages: readonly ChatMessage[]; dateString: string; addGenerationPrompt: boolean },
): number[] {
  const segments = renderPromptSegments({
    ...options,
    template: tokenizer.chatTemplate,
    specialTokens: tokenizer.specialTokens,
  });
  return encodeSegments(tokenizer, segments);
}

/** A text in which `special` tokens are meant as such, as ids. */
export function encodeMarked(tokenizer: Tokenizer, text: string, special: readonly string[]): number[] {
  return encodeSegments(tokenizer, splitAtSpecialTokens(text, special));
}

function encodeSegments(tokenizer: Tokenizer, segments: readonly PromptSegment[]): number[] {
  const ids: number[] = [];
  for (const { text, special } of segments) {
    if (!special) {
      for (const id of tokenizer.encode(text)) ids.push(id);
      continue;
    }
    const id = tokenizer.specialId(text);
    invariant(id !== undefined, `special token ${text} has no id`);
    ids.push(id);
  }
  return ids;
}
