/** Replies to many mails, for evaluation: in order, in constant memory, and each the same as if it were alone. */
import { hashString } from "../random.ts";
import { type AnswerOptions, answer, type ReplyResult } from "./answer.ts";
import { openLanes } from "./batch.ts";
import { inOrder } from "./in-order.ts";
import { type DeviceOptions, openModel } from "./llama.ts";
import { type ContextOptions, encodeMessages, readFrame } from "./prompt.ts";
import { openRounds } from "./rounds.ts";

/** A mail to answer, as `renderEmail` writes it. */
export interface MailToAnswer {
  readonly id: string;
  readonly email: string;
}

/** The reply to the mail of the same id. */
export interface GeneratedReply extends ReplyResult {
  readonly id: string;
}

/** ours: beyond eight, two cores gain little and every sequence costs a key-value cache. */
const SEQUENCES = 8;

/**
 * Answers `mails` in their order; a caller resumes by leaving out those it has. Each mail draws from its own seed, made
 * of `seed` and its id, so neither the order nor the other mails of a batch change a reply. Ends early when the signal aborts; a reply cut by
 * it is not returned.
 */
export async function* generateReplies(
  options: DeviceOptions &
    ContextOptions &
    Pick<AnswerOptions, "maxTokens" | "temperature" | "topP" | "loopBan" | "signal"> & {
      gguf: string;
      mails: Iterable<MailToAnswer> | AsyncIterable<MailToAnswer>;
      seed: number;
      /** Mails answered at once where that changes no reply: with quantised weights. Default 8. */
      sequences?: number;
      /** Called after each reply with the number done. */
      onProgress?: (done: number) => void;
    },
): AsyncGenerator<GeneratedReply, void> {
  const {
    gguf,
    mails,
    seed,
    sequences: wanted = SEQUENCES,
    onProgress,
    signal,
    maxTokens,
    temperature,
    topP,
    loopBan,
  } = options;
  const model = await openModel(gguf, options);
  try {
    const frame = readFrame(model, options);
    const { context, sequences } = await openLanes(model, wanted, frame.contextTokens);
    const { tokenizer } = model;
    const decoders = openRounds({ context, model: model.model, tokenizer, sequences });
    const lanes = decoders.map((decode) => async ({ id, email }: MailToAnswer, cut: AbortSignal) => {
      const prompt = encodeMessages({ model, frame, messages: [{ role: "user", content: email }], maxTokens });
      const settings = { maxTokens, temperature, topP, loopBan, signal: cut, seed: hashString(`${seed}/${id}`) };
      return { id, ...(await answer({ decode, tokenizer, prompt, settings })) };
    });
    let done = 0;
    for await (const reply of inOrder(mails, lanes, signal)) {
      if (reply.stopped === "abort") return;
      done++;
      onProgress?.(done);
      yield reply;
    }
  } finally {
    await model.close();
  }
}
