/** The fine-tuned model answering: opens an exported GGUF and replies to mails, with the prompt it was trained on. */
import { invariant, UserError } from "../errors.ts";
import { takeSteering } from "../mail/index.ts";
import type { ChatMessage } from "../tokens/index.ts";
import { type AnswerOptions, answer, type ReplyResult } from "./answer.ts";
import { openLanes } from "./batch.ts";
import { createGuard } from "./guard.ts";
import { type DeviceOptions, type OpenModel, openModel } from "./llama.ts";
import { type ContextOptions, encodeMessages, type Prompt, type PromptFrame, readFrame } from "./prompt.ts";
import { openRounds } from "./rounds.ts";
import { shieldMail } from "./shield.ts";

/** A reply model in memory. It answers as many at once as it has lanes; calls made meanwhile wait in order. Whoever opens it closes it. */
export interface Replier {
  /** The name in the file's metadata. */
  readonly name: string;
  /** Tokens of prompt and reply together. */
  readonly contextTokens: number;
  /** Replies that are written at once, one token of each a pass: what was asked for, or 1 where that would change a reply. */
  readonly lanes: number;
  readonly systemPrompt: string;
  readonly dateString: string;
  /** Answers a mail, as `renderEmail` writes it, of which the model reads what `shieldMail` leaves, within what a guard lets pass; one that is too long for the context loses its tail. */
  reply(options: AnswerOptions & { email: string }): Promise<ReplyResult>;
  /**
   * Answers a conversation that ends with the user; without a system message at its head the trained one is used.
   * Throws UserError where it is longer than the context.
   */
  chat(options: AnswerOptions & { messages: readonly ChatMessage[] }): Promise<ReplyResult>;
  /** The first half of `chat`: the prompt of a conversation, with room for `maxTokens`, or UserError. */
  prepare(options: { messages: readonly ChatMessage[]; maxTokens: number }): Prompt;
  /** The second half: answers a prompt that was prepared for at least `maxTokens`. */
  answer(options: AnswerOptions & { prompt: Prompt }): Promise<ReplyResult>;
  /** Waits for the answer in progress, then frees the model. */
  close(): Promise<void>;
}

/**
 * Loads an exported GGUF: system prompt, date and chat template come from its metadata. Throws FormatError or UserError for a file
 * that is none of ours.
 */
export async function openReplier(
  path: string,
  options: DeviceOptions & ContextOptions & { lanes?: number },
): Promise<Replier> {
  const model = await openModel(path, options);
  try {
    return await createReplier(model, { frame: readFrame(model, options), lanes: options.lanes });
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** The replier over a model that is open, which from then on is the replier's to close. */
export async function createReplier(
  model: OpenModel,
  { frame, lanes: wanted = 1 }: { frame: PromptFrame; lanes?: number },
): Promise<Replier> {
  const { systemPrompt, dateString, contextTokens } = frame;
  const { tokenizer, path } = model;
  const { context, sequences } = await openLanes(model, wanted, contextTokens);
  const take = createLanes(openRounds({ context, model: model.model, tokenizer, sequences }));
  const inProgress = new Set<Promise<unknown>>();
  let closed = false;

  const checkOpen = () => {
    if (closed) throw new UserError(`${path} was closed.`);
  };
  const prepare: Replier["prepare"] = ({ messages, maxTokens }) => {
    checkOpen();
    return encodeMessages({ model, frame, messages, maxTokens });
  };
  const answerInTurn: Replier["answer"] = async ({ prompt, ...settings }) => {
    checkOpen();
    const { maxTokens } = settings;
    invariant(prompt.ids.length + maxTokens <= contextTokens, `${prompt.ids.length} + ${maxTokens} tokens fit`);
    const turn = take((decode) => answer({ decode, tokenizer, prompt, settings }));
    inProgress.add(turn);
    return turn.finally(() => inProgress.delete(turn));
  };
  const chat: Replier["chat"] = async ({ messages, ...settings }) =>
    answerInTurn({ prompt: prepare({ messages, maxTokens: settings.maxTokens }), ...settings });
  return {
    name: model.name,
    contextTokens,
    lanes: sequences.length,
    systemPrompt,
    dateString,
    prepare,
    answer: answerInTurn,
    chat,
    reply: ({ email, ...settings }) => {
      const guard = createGuard({ told: takeSteering(email).line });
      return chat({ messages: [{ role: "user", content: shieldMail(email) }], guard, ...settings });
    },
    async close() {
      closed = true;
      await Promise.allSettled(inProgress);
      await model.close();
    },
  };
}

/** Gives each task a free lane, in the order in which they came. */
function createLanes<Lane>(lanes: readonly Lane[]): <T>(task: (lane: Lane) => Promise<T>) => Promise<T> {
  const free = [...lanes];
  const waiting: ((lane: Lane) => void)[] = [];
  return async (task) => {
    const lane = free.pop() ?? (await new Promise<Lane>((resolve) => waiting.push(resolve)));
    try {
      return await task(lane);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(lane);
      else next(lane);
    }
  };
}
