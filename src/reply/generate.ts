/** Replies to many mails, for evaluation: in order, in constant memory, and each the same as if it were alone. */
import { hashString } from "../random.ts";
import { type AnswerOptions, answer, type ReplyResult } from "./answer.ts";
import { createBarrier, openLanes } from "./batch.ts";
import { type DeviceOptions, openModel } from "./llama.ts";
import { encodeMessages, readFrame } from "./prompt.ts";

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
/** Mails that may be answered ahead of the first that is not, per sequence: bounds what is held for the order's sake. */
const AHEAD = 4;

/**
 * Answers `mails` in their order; a caller resumes by leaving out those it has. Each mail draws from its own seed, made
 * of `seed` and its id, so neither order nor company changes a reply. Ends early when the signal aborts; a reply cut by
 * it is not returned.
 */
export async function* generateReplies(
  options: DeviceOptions &
    Pick<AnswerOptions, "maxTokens" | "temperature" | "topP" | "signal"> & {
      gguf: string;
      mails: Iterable<MailToAnswer> | AsyncIterable<MailToAnswer>;
      seed: number;
      /** Mails answered at once where that changes no reply: with quantised weights. Default 8. */
      sequences?: number;
      contextTokens?: number;
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
  } = options;
  const model = await openModel(gguf, options);
  try {
    const frame = readFrame(model, options.contextTokens);
    const { sequences } = await openLanes(model, wanted, frame.contextTokens);
    const { tokenizer } = model;
    const barrier = createBarrier();
    const lanes = sequences.map((sequence) => async ({ id, email }: MailToAnswer, cut: AbortSignal) => {
      const prompt = encodeMessages({ model, frame, messages: [{ role: "user", content: email }], maxTokens });
      const settings = { maxTokens, temperature, topP, signal: cut, seed: hashString(`${seed}/${id}`) };
      barrier.join();
      try {
        const result = await answer({ sequence, tokenizer, prompt, settings, step: barrier.arrive });
        return { id, ...result };
      } finally {
        barrier.leave();
      }
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

/**
 * Gives each item to a free lane and yields the results in the order of the items. When the caller leaves, or a lane
 * fails, the signal that lanes hold aborts, and what is in progress is waited for.
 */
async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  lanes: readonly ((item: Item, signal: AbortSignal) => Promise<Result>)[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Result, void> {
  const left = new AbortController();
  const cut = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const free = [...lanes];
  const started: { result: Promise<Result>; settled: boolean }[] = []; // the first is the next to be yielded
  let changed = () => {};
  let ended = false;

  function start(item: Item): void {
    const lane = free.pop()!;
    const entry = { result: lane(item, cut), settled: false };
    const settle = () => {
      entry.settled = true;
      free.push(lane);
      changed();
    };
    entry.result.then(settle, settle);
    started.push(entry);
  }

  try {
    while (true) {
      while (!ended && !cut.aborted && free.length > 0 && started.length < lanes.length * AHEAD) {
        const next = await source.next();
        if (next.done) ended = true;
        else start(next.value);
      }
      if (started.length === 0) return;
      if (started[0].settled) yield await started.shift()!.result;
      else {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    }
  } finally {
    left.abort();
    await Promise.allSettled(started.map(({ result }) => result));
    await source.return?.();
  }
}
