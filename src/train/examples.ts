/** Replies as sequences of tokens, and which of them cannot be trained on. */
import { UserError } from "../errors.ts";
import type { Recipe } from "../recipe.ts";
import { encodeExample, type Tokenizer, TooLongError } from "../tokens/index.ts";
import { type Example, lossTokens } from "./pack.ts";

/** A reply to learn: the mail as the student will read it, with the line that said how to reply. */
export interface TrainRow {
  readonly id: string;
  readonly mail: string;
  readonly reply: string;
}

/** Sequences by reply id, and the ids of the replies that have none. */
export interface EncodedReplies {
  readonly examples: ReadonlyMap<string, Example>;
  /** Mails that lost their tail to fit train.maxTokens. */
  readonly truncated: number;
  readonly tooLong: readonly string[];
  /** Replies without a token that carries loss. */
  readonly masked: readonly string[];
}

/**
 * Encodes every reply with its mail. Throws UserError where more than train.maxLostFraction of them cannot be trained on, and whatever
 * the tokenizer or the chat template says: that is no matter of length.
 */
export function encodeReplies(
  rows: readonly TrainRow[],
  tokenizer: Tokenizer,
  { student, train }: Recipe,
): EncodedReplies {
  const { maxTokens, maxLostFraction } = train;
  const examples = new Map<string, Example>();
  const tooLong: string[] = [];
  const masked: string[] = [];
  let truncated = 0;
  for (const { id, mail, reply } of rows) {
    try {
      const encoded = encodeExample({ tokenizer, ...student, email: mail, reply, maxTokens });
      const example = { id, ids: Int32Array.from(encoded.ids), completionStart: encoded.completionStart };
      if (reply.trim() === "" || lossTokens(example) <= 0) masked.push(id);
      else examples.set(id, example);
      if (encoded.truncated) truncated++;
    } catch (error) {
      if (!(error instanceof TooLongError)) throw error;
      tooLong.push(id);
    }
  }
  const lost = tooLong.length + masked.length;
  if (lost > maxLostFraction * rows.length) {
    const shown = [...tooLong, ...masked].slice(0, 3).join(", ");
    throw new UserError(
      `${lost} of ${rows.length} replies cannot be trained on: ${tooLong.length} do not fit into train.maxTokens = ${maxTokens} with their mail, ${masked.length} have nothing to learn (the first: ${shown}). ` +
        "Raise train.maxTokens, look at these replies, or let more be left out with train.maxLostFraction.",
    );
  }
  return { examples, truncated, tooLong, masked };
}
