/**
 * A chat template rendered to plain and special stretches. The contents are left out while it is rendered: placeholders stand for them, the
 * result is cut at its special tokens, and only then the contents are put in, as plain text. So nothing that stands in a mail, `<|eot_id|>`
 * included, can end a turn or open another.
 */
import { UserError } from "../errors.ts";
import { type Jinja, parseJinja, TemplateOverrun } from "./jinja.ts";
import { trimEnd, trimStart } from "./whitespace.ts";

/** The special tokens by their text. */
export interface SpecialTokens {
  readonly bos: string | null;
  readonly eos: string | null;
  /** All that may stand in the frame of a conversation, and in no text. */
  readonly all: readonly string[];
}

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

/**
 * The special token that ends an assistant's turn as the template writes one: the first behind the reply; null where it writes none there, or cannot
 * be rendered. `eos_token` of a model often names another, the end of a document.
 */
export function findEndOfTurn({
  template,
  specialTokens,
}: {
  template: string;
  specialTokens: SpecialTokens;
}): string | null {
  const messages = [
    { role: "user", content: "" },
    { role: "assistant", content: "" },
  ] as const;
  let text: string;
  try {
    text = renderWithPlaceholders({ template, specialTokens, messages, dateString: "", addGenerationPrompt: false });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return null; // said again, with its reason, when a conversation is rendered
  }
  const reply = [...text.matchAll(PLACEHOLDER)].findLast((match) => match[2] === "1");
  if (reply === undefined) return null;
  const behind = text.slice(reply.index + reply[0].length);
  return splitAtSpecialTokens(behind, specialTokens.all).find(({ special }) => special)?.text ?? null;
}

/** What a template writes around the messages of a conversation, their contents left out; "" where it can be rendered for none. */
export function renderFrame(template: string): string {
  if (template === "") return "";
  const specialTokens = { bos: null, eos: null, all: [] };
  for (const roles of [["system", "user", "assistant", "user"] as const, ["user", "assistant", "user"] as const]) {
    const messages = roles.map((role) => ({ role, content: "" }));
    try {
      return renderWithPlaceholders({ template, specialTokens, messages, dateString: "", addGenerationPrompt: true });
    } catch (error) {
      if (!(error instanceof UserError)) throw error; // said again when a conversation is rendered
    }
  }
  return "";
}

/**
 * A placeholder: private-use characters around the message's number, between two EM SPACEs. A template that trims takes
 * the EM SPACEs away and so shows on which sides the content must be trimmed.
 */
const placeholder = (index: number) => `\u2003\uE000${index}\uE001\u2003`;
const PLACEHOLDER = /(\u2003?)\uE000(\d+)\uE001(\u2003?)/g;

function renderWithPlaceholders(options: Parameters<typeof renderPromptSegments>[0]): string {
  const messages = options.messages.map(({ role }, index) => ({ role, content: placeholder(index) }));
  return renderText({ ...options, messages });
}

/** What the template writes for messages with the contents they have. Throws UserError where it is missing, not valid, or refuses. */
export function renderText(options: Parameters<typeof renderPromptSegments>[0]): string {
  const { template, messages, dateString, addGenerationPrompt, specialTokens } = options;
  if (template === "") {
    throw new UserError(
      "The model has no chat template (chat_template in tokenizer_config.json). Use the instruct variant of the model.",
    );
  }
  try {
    return compile(template).render(
      {
        messages,
        date_string: dateString,
        add_generation_prompt: addGenerationPrompt,
        enable_thinking: false, // Qwen3, SmolLM3 and the like: the reply begins at once
        strftime_now: () => dateString, // one that asks for today's date gets the pinned one
        bos_token: specialTokens.bos ?? "",
        eos_token: specialTokens.eos ?? "",
      },
      messages.length,
    );
  } catch (error) {
    if (error instanceof TemplateOverrun) throw error;
    const said = (error as Error).message;
    if (/call stack|recursion/i.test(said)) throw new TemplateOverrun("nests too deep");
    throw new UserError(`The chat template could not be rendered: ${said}`);
  }
}

/** The last template used: a run uses one, and parsing it costs more than rendering it. */
let compiled: { source: string; jinja: Jinja } | undefined;

function compile(source: string): Jinja {
  if (compiled?.source !== source) compiled = { source, jinja: parseJinja(source) };
  return compiled.jinja;
}

/** A text cut at its special tokens, longer ones first. */
export function splitAtSpecialTokens(text: string, specialTokens: readonly string[]): PromptSegment[] {
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
