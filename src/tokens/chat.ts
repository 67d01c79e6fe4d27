/**
 * Conversations as token ids. The chat template is rendered with placeholders in place of the contents and cut at its
 * special tokens; only then the contents are put in, as plain text. So nothing that stands in a mail, `<|eot_id|>`
 * included, can end a turn or open another.
 */
import { Template } from "@huggingface/jinja";
import { invariant, UserError } from "../errors.ts";
import type { SpecialTokens, Tokenizer } from "./tokenizer.ts";
import { trimEnd, trimStart } from "./whitespace.ts";

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

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A stretch of a prompt: one special token by its text, or plain text in which nothing is special. */
export interface PromptSegment {
  readonly text: string;
  readonly special: boolean;
}

/**
 * The conversation as the template renders it, cut into plain and special stretches; adjacent plain text is one segment.
 * Throws UserError where the template is missing, not valid, or refuses or drops a message.
 */
export function renderPromptSegments(options: {
  template: string;
  messages: readonly ChatMessage[];
  dateString: string;
  addGenerationPrompt: boolean;
  specialTokens: SpecialTokens;
}): PromptSegment[] {
  const { messages, specialTokens } = options;
  const segments: PromptSegment[] = [];
  const used = new Set<number>();
  for (const { text, special } of splitAtSpecialTokens(renderWithPlaceholders(options), specialTokens.all)) {
    const filled = special ? text : fillPlaceholders(text, messages, used);
    if (filled !== "") segments.push({ text: filled, special });
  }
  const dropped = messages.findIndex((_, index) => !used.has(index));
  if (dropped >= 0) {
    throw new UserError(
      `The chat template leaves out message ${dropped + 1} (${messages[dropped].role}). Use a model whose template knows the roles system, user and assistant.`,
    );
  }
  return segments;
}

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

/**
 * A placeholder: private-use characters around the message's number, between two EM SPACEs. A template that trims takes
 * the EM SPACEs away and so shows on which sides the content must be trimmed.
 */
const placeholder = (index: number) => `\u2003\uE000${index}\uE001\u2003`;
const PLACEHOLDER = /(\u2003?)\uE000(\d+)\uE001(\u2003?)/g;

function renderWithPlaceholders(options: Parameters<typeof renderPromptSegments>[0]): string {
  const { template, messages, dateString, addGenerationPrompt, specialTokens } = options;
  if (template === "") {
    throw new UserError(
      "The model has no chat template (chat_template in tokenizer_config.json). Use the instruct variant of the model.",
    );
  }
  try {
    return compile(template).render({
      messages: messages.map(({ role }, index) => ({ role, content: placeholder(index) })),
      date_string: dateString,
      add_generation_prompt: addGenerationPrompt,
      bos_token: specialTokens.bos ?? "",
      eos_token: specialTokens.eos ?? "",
    });
  } catch (error) {
    throw new UserError(`The chat template could not be rendered: ${(error as Error).message}`);
  }
}

/** The last template used: a run uses one, and parsing it costs more than rendering it. */
let compiled: { source: string; template: Template } | undefined;

function compile(source: string): Template {
  if (compiled?.source !== source) compiled = { source, template: new Template(source) };
  return compiled.template;
}

function splitAtSpecialTokens(text: string, specialTokens: readonly string[]): PromptSegment[] {
  const longestFirst = specialTokens.filter((token) => token !== "").sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return [{ text, special: false }];
  const pattern = longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  return text.split(new RegExp(`(${pattern})`)).map((part, i) => ({ text: part, special: i % 2 === 1 }));
}

function fillPlaceholders(text: string, messages: readonly ChatMessage[], used: Set<number>): string {
  return text.replace(PLACEHOLDER, (_, before: string, index: string, after: string) => {
    used.add(Number(index));
    let { content } = messages[Number(index)];
    if (before === "") content = trimStart(content);
    if (after === "") content = trimEnd(content);
    return content;
  });
}
