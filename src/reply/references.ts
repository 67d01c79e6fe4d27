/** A model read along reference replies: each behind the prompt of its mail, as training sees it. */
import { UserError } from "../errors.ts";
import { encodeExample } from "../tokens/index.ts";
import { openReadAlong, type ReadToken } from "./along.ts";
import { type DeviceOptions, openModel } from "./llama.ts";
import { type ContextOptions, readFrame } from "./prompt.ts";
import type { GgufTokenizer } from "./tokenizer.ts";

/** A mail, as `renderEmail` writes it, and a reply that it may have. */
export interface MailWithReference {
  readonly id: string;
  readonly email: string;
  readonly reference: string;
}

/** A token of a reference, or the one that ends it, and what the model would have said in its place. */
export interface ReferenceToken {
  /** Its bytes; none for the end. */
  readonly bytes: Uint8Array;
  /** ln p, with all before it given; -Infinity where p is smaller than a float32 can say. */
  readonly logProb: number;
  /** Whether it is the likeliest token. */
  readonly isTop1: boolean;
  /** The bytes of the likeliest token; null where that ends the reply. */
  readonly likeliest: Uint8Array | null;
}

/** What a model says along the reference of the same id. */
export interface ReadReference {
  readonly id: string;
  /** The tokens that carry loss in training: those of the reference, trimmed, and the end. Empty where it does not fit. */
  readonly tokens: readonly ReferenceToken[];
  /** Whether the mail lost its tail to fit the context. */
  readonly shortened: boolean;
  /** Why the reference does not fit the context; null where it does. */
  readonly unread: string | null;
}

/**
 * Reads the references in their order; those to the same mail are best put one behind the other, for then the prompt is evaluated once.
 * Template, tokens and shortening are those of training, in the context of replies. Throws what the signal is aborted with.
 */
export async function* readReferences(
  options: DeviceOptions &
    ContextOptions & {
      gguf: string;
      references: Iterable<MailWithReference> | AsyncIterable<MailWithReference>;
      signal?: AbortSignal;
    },
): AsyncGenerator<ReadReference, void> {
  const { gguf, references, signal } = options;
  const model = await openModel(gguf, options);
  try {
    const { systemPrompt, dateString, contextTokens } = readFrame(model, options);
    const context = await model.createContext({ contextSize: contextTokens });
    const read = openReadAlong({ context, model: model.model, sequence: context.getSequence() });
    const { tokenizer } = model;
    for await (const { id, email, reference } of references) {
      const example = encodeOrExplain({
        tokenizer,
        systemPrompt,
        dateString,
        email,
        reply: reference,
        maxTokens: contextTokens,
      });
      if (typeof example === "string") {
        yield { id, tokens: [], shortened: false, unread: example };
        continue;
      }
      const { ids, completionStart, truncated } = example;
      const tokens = await read({ ids, start: completionStart, signal });
      yield { id, tokens: tokens.map((token) => describe(token, tokenizer)), shortened: truncated, unread: null };
    }
  } finally {
    await model.close();
  }
}

function encodeOrExplain(options: Parameters<typeof encodeExample>[0]): ReturnType<typeof encodeExample> | string {
  try {
    return encodeExample(options);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function describe({ id, logProb, likeliest }: ReadToken, tokenizer: GgufTokenizer): ReferenceToken {
  return {
    bytes: tokenizer.tokenBytes(id),
    logProb,
    isTop1: id === likeliest,
    likeliest: tokenizer.endsReply(likeliest) ? null : tokenizer.tokenBytes(likeliest),
  };
}
