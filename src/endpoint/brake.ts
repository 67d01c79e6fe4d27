/** Stops a run whose answers cannot be used: each is paid for, and a setting that spoils one spoils them all. */
import type { UserError } from "../errors.ts";

/** An answer that could not be used. */
export interface Unusable {
  readonly defect: string;
  /** What the model said. */
  readonly answer: string;
}

export interface Brake {
  usable(): void;
  /** Throws UserError at the `inARow`-th in a row. */
  unusable(answer: Unusable): void;
}

/** `inARow` (`distill.unusableInARow`) unusable answers without a usable one between end the run. */
export function createBrake(options: { inARow: number; explain: (last: Unusable, count: number) => UserError }): Brake {
  let count = 0;
  return {
    usable() {
      count = 0;
    },
    unusable(answer) {
      if (++count >= options.inARow) throw options.explain(answer, count);
    },
  };
}

/** What a setting can do about answers of this kind. */
export function adviseOnUnusable({ defect, answer }: Unusable, setting: string): string {
  if (/cut at the token limit|reasoning/.test(defect))
    return `A model that reasons spends its tokens before it answers: raise ${setting.endsWith("judge") ? "distill.maxJudgeTokens" : "distill.maxReplyTokens"}, or switch its reasoning off where it is served (vLLM: --chat-template-kwargs '{"enable_thinking": false}'), or set another ${setting}.model.`;
  return `Set another ${setting}.model${answer.trim() === "" ? ", or see in the server's log why it says nothing" : ""}.`;
}

/** The start of an answer, on one line, for a message. */
export function quoteAnswer(answer: string): string {
  const line = answer.replace(/\s+/g, " ").trim();
  return line === "" ? "nothing" : JSON.stringify(Array.from(line.slice(0, 400)).slice(0, 160).join(""));
}
