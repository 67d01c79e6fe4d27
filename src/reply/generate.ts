/** Replies to many mails, for evaluation: in order, in constant memory, and each the same as if it were alone. */
import { takeSteering } from "../mail/index.ts";
import { hashString } from "../random.ts";
import { type AnswerOptions, answer, type ReplyResult } from "./answer.ts";
import { openLanes } from "./batch.ts";
import { createGuard } from "./guard.ts";
import { inOrder } from "./in-order.ts";
import { type DeviceOptions, type OpenModel, openModel } from "./llama.ts";
import { type ContextOptions, encodeMessages, readFrame } from "./prompt.ts";
import { openRounds, type RoundDecoder } from "./rounds.ts";
import { shieldMail } from "./shield.ts";

/** A mail to answer, as `renderEmail` writes it. */
export interface MailToAnswer {
  readonly id: string;
  readonly email: string;
}

/** The reply to the mail of the same id. */
export interface GeneratedReply extends ReplyResult {
  readonly id: string;
}

/** ours: sequences of each context; beyond eight little is gained, and each costs a key-value cache. */
const SEQUENCES = 8;
/** Mails with the same text that one lane answers one after the other. */
const MOST_TOGETHER = 16;

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
      /** Mails answered at once where that changes no reply: with quantised weights. Default: 8, in each of a small model's contexts. */
      sequences?: number;
      /** Mails in a row with the same text are several answers to it: their prompt is evaluated once. */
      keepPrompts?: boolean;
      /** Called after each reply with the number done. */
      onProgress?: (done: number) => void;
    },
): AsyncGenerator<GeneratedReply, void> {
  const { gguf, mails, seed, keepPrompts = false, onProgress, signal } = options;
  const { maxTokens, temperature, topP, loopBan } = options;
  const model = await openModel(gguf, options);
  try {
    const frame = readFrame(model, options);
    const { tokenizer } = model;
    const decoders = await openDecoders(model, { wanted: options.sequences, contextTokens: frame.contextTokens });
    const lanes = decoders.map((decode) => async (alike: readonly MailToAnswer[], cut: AbortSignal) => {
      const messages = [{ role: "user", content: shieldMail(alike[0].email) }] as const;
      const prompt = encodeMessages({ model, frame, messages, maxTokens });
      const guard = createGuard({ told: takeSteering(alike[0].email).line });
      const settings = { maxTokens, temperature, topP, loopBan, guard, keepPrompt: keepPrompts, signal: cut };
      const replies: GeneratedReply[] = [];
      for (const { id } of alike) {
        const made = await answer({
          decode,
          tokenizer,
          prompt,
          settings: { ...settings, seed: hashString(`${seed}/${id}`) },
        });
        replies.push({ id, ...made });
        if (made.stopped === "abort") break;
      }
      return replies;
    });
    let done = 0;
    for await (const replies of inOrder(groupAlike(mails, keepPrompts ? MOST_TOGETHER : 1), lanes, signal))
      for (const reply of replies) {
        if (reply.stopped === "abort") return;
        done++;
        onProgress?.(done);
        yield reply;
      }
  } finally {
    await model.close();
  }
}

/** Decoders for `wanted` sequences, in as many contexts as can run at once: each runs its passes by itself. */
async function openDecoders(
  model: OpenModel,
  { wanted = SEQUENCES * model.contexts, contextTokens }: { wanted?: number; contextTokens: number },
): Promise<RoundDecoder[]> {
  const contexts = Math.min(model.contexts, wanted);
  const decoders: RoundDecoder[] = [];
  for (let i = 0; i < contexts; i++) {
    const lanes = await openLanes(model, Math.floor((wanted + i) / contexts), contextTokens);
    decoders.push(...openRounds({ ...lanes, model: model.model, tokenizer: model.tokenizer }));
  }
  return decoders;
}

/** Mails in a row with the same text put together, at most so many. */
async function* groupAlike(
  mails: Iterable<MailToAnswer> | AsyncIterable<MailToAnswer>,
  most: number,
): AsyncGenerator<MailToAnswer[]> {
  let group: MailToAnswer[] = [];
  for await (const mail of mails) {
    if (group.length > 0 && group[0].email !== mail.email) {
      yield group;
      group = [];
    }
    group.push(mail);
    if (group.length < most) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
