/** A training example and a prompt: system prompt, mail, and for training the reply, within a number of tokens. */
import { UserError } from "../errors.ts";
import { encodeChat } from "./chat.ts";
import { requireUnchangedContents } from "./contents.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { trim, trimEnd } from "./whitespace.ts";

/** What surrounds the mail in every prompt of one model. */
export interface PromptOptions {
  readonly tokenizer: Tokenizer;
  readonly systemPrompt: string;
  /** Pinned, the same in training and in use; see LLAMA3_CHAT_TEMPLATE. */
  readonly dateString: string;
  /** The mail as `renderEmail` writes it. */
  readonly email: string;
  readonly maxTokens: number;
}

/** An example that does not fit, through no fault of tokenizer or template: it can be left out. */
export class TooLongError extends UserError {
  override name = "TooLongError";
}

/** One example: `ids` from `completionStart` on carry loss. */
export interface EncodedExample {
  readonly ids: number[];
  readonly completionStart: number;
  /** Whether the mail lost its tail to fit. */
  readonly truncated: boolean;
}

/**
 * Prompt, reply and end of turn (the tokenizer's first end id) in at most `maxTokens` ids. A mail that does not fit loses its tail; a reply
 * is never cut. Throws TooLongError where the reply and the frame of the prompt leave no room for the mail, UserError where the template changes it.
 */
export function encodeExample(options: PromptOptions & { reply: string }): EncodedExample {
  const { tokenizer, dateString, reply, maxTokens } = options;
  requireUnchangedContents({ template: tokenizer.chatTemplate, specialTokens: tokenizer.specialTokens, dateString });
  const end = tokenizer.endIds[0];
  if (end === undefined)
    throw new UserError(
      "Nothing says how a reply ends: the chat template writes no special token behind one, and the tokenizer names no eos_token that it knows. Name one in tokenizer_config.json (eos_token), or use the instruct variant of the model.",
    );
  const completion = [...tokenizer.encode(trim(reply)), end];
  if (completion.length >= maxTokens) {
    throw new TooLongError(
      `The reply alone takes ${completion.length} of at most ${maxTokens} tokens. Raise train.maxTokens, or leave out this example.`,
    );
  }
  const { ids, truncated } = encodeFittingPrompt({ ...options, maxTokens: maxTokens - completion.length });
  return { ids: [...ids, ...completion], completionStart: ids.length, truncated };
}

/** The prompt up to where the reply begins, in at most `maxTokens` ids; a mail that does not fit loses its tail. */
export function encodePrompt(options: PromptOptions): number[] {
  return encodeFittingPrompt(options).ids;
}

/** As `encodePrompt`, and whether the mail was cut. */
export function encodeFittingPrompt(options: PromptOptions): { ids: number[]; truncated: boolean } {
  const { email, maxTokens } = options;
  // The longest head that fits, by bisection over code units; more text never takes fewer tokens by more than a few.
  let fits = 0;
  let tooLong = Math.min(email.length, CHARACTERS_PER_TOKEN * maxTokens);
  for (; ; tooLong = Math.min(email.length, 2 * tooLong)) {
    const ids = encodeWith(options, tooLong === email.length ? email : head(email, tooLong));
    if (ids.length > maxTokens) break;
    if (tooLong === email.length) return { ids, truncated: false };
    fits = tooLong;
  }
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (encodeWith(options, head(email, middle)).length <= maxTokens) fits = middle;
    else tooLong = middle;
  }
  const kept = head(email, fits);
  const ids = encodeWith(options, kept);
  if (trim(kept) === "" || ids.length > maxTokens) {
    throw new TooLongError(
      `No part of the mail fits: ${maxTokens} tokens are left for the prompt, which takes ${encodeWith(options, "").length} without the mail. Raise train.maxTokens, or leave out this example.`,
    );
  }
  return { ids, truncated: true };
}

/** More than any ordinary text holds a token: what lies behind is read only where that is not enough, for a mail may hold one word of a megabyte. */
const CHARACTERS_PER_TOKEN = 8;

function encodeWith({ tokenizer, systemPrompt, dateString }: PromptOptions, email: string): number[] {
  const messages = [
    { role: "system", content: systemPrompt },
    { role: "user", content: email },
  ] as const;
  return encodeChat(tokenizer, { messages, dateString, addGenerationPrompt: true });
}

/** How far back a cut may move to fall between two words. */
const WORD_REACH = 40;

/** The first `length` code units at most, ending between words where one ends nearby, never inside a character. */
function head(text: string, length: number): string {
  const start = Math.max(0, length - WORD_REACH);
  const gap = text.slice(start, length + 1).search(/\s\S*$/);
  const end = gap >= 0 && start + gap > 0 ? start + gap : length;
  const isSurrogateTail = text.charCodeAt(end) >= 0xdc00 && text.charCodeAt(end) <= 0xdfff;
  return trimEnd(text.slice(0, isSurrogateTail ? end - 1 : end));
}
