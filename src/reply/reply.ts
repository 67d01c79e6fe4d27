/** The fine-tuned model answering: opens an exported GGUF and replies to mails, with the prompt it was trained on. */
import { invariant, UserError } from "../errors.ts";
import type { ChatMessage } from "../tokens/index.ts";
import { type AnswerOptions, answer, type ReplyResult } from "./answer.ts";
import { type DeviceOptions, openModel } from "./llama.ts";
import { type ContextOptions, encodeMessages, type Prompt, readFrame } from "./prompt.ts";
import { openRounds } from "./rounds.ts";

/** A reply model in memory. It answers one at a time; calls made meanwhile wait in order. Whoever opens it closes it. */
export interface Replier {
  /** The name in the file's metadata. */
  readonly name: string;
  /** Tokens of prompt and reply together. */
  readonly contextTokens: number;
  readonly systemPrompt: string;
  readonly dateString: string;
  /** Answers a mail, as `renderEmail` writes it; one that is too long for the context loses its tail. */
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
export async function openReplier(path: string, options: DeviceOptions & ContextOptions): Promise<Replier> {
  const model = await openModel(path, options);
  try {
    const frame = readFrame(model, options);
    const { systemPrompt, dateString, contextTokens } = frame;
    const context = await model.createContext({ contextSize: contextTokens });
    const { tokenizer } = model;
    const [decode] = openRounds({ context, model: model.model, tokenizer, sequences: [context.getSequence()] });
    let last: Promise<unknown> = Promise.resolve();
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
      const turn = last.then(() => answer({ decode, tokenizer, prompt, settings }));
      last = turn.catch(() => {});
      return turn;
    };
    const chat: Replier["chat"] = async ({ messages, ...settings }) =>
      answerInTurn({ prompt: prepare({ messages, maxTokens: settings.maxTokens }), ...settings });
    return {
      name: model.name,
      contextTokens,
      systemPrompt,
      dateString,
      prepare,
      answer: answerInTurn,
      chat,
      reply: ({ email, ...settings }) => chat({ messages: [{ role: "user", content: email }], ...settings }),
      async close() {
        closed = true;
        await last;
        await model.close();
      },
    };
  } catch (error) {
    await model.close();
    throw error;
  }
}
