/** Stops a run whose answers cannot be used: each is paid for, and a setting that spoils one spoils them all. */
import type { UserError } from "../errors.ts";
import { type EndpointName, settingOf } from "./endpoint-name.ts";

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

/** The keys of the recipe that can mend unusable answers: whose endpoint it is, and how long an answer may be. */
export interface AnswerSettings {
  /** `teacher`, `evaluate.predictor`, … */
  readonly role: EndpointName["role"];
  readonly maxTokens: string;
}

/** What a setting can do about answers of this kind. */
export function adviseOnUnusable({ defect, answer }: Unusable, { role, maxTokens }: AnswerSettings): string {
  const model = settingOf({ role }, "model");
  const body = role === "endpoint" ? "teacher.extraBody" : `${role}.extraBody`; // bench takes what is typed for the teacher
  if (/cut at the token limit|reasoning/.test(defect))
    return `A model that reasons spends its tokens before it answers: raise ${maxTokens}, or switch its reasoning off (${body}.reasoning_effort=none, or with vLLM and SGLang ${body}.chat_template_kwargs.enable_thinking=false), or set another ${model}.`;
  return `Set another ${model}${answer.trim() === "" ? ", or see in the server's log why it says nothing" : ""}.`;
}

/** The start of an answer, on one line, for a message. */
export function quoteAnswer(answer: string): string {
  const line = answer.replace(/\s+/g, " ").trim();
  return line === "" ? "nothing" : JSON.stringify(Array.from(line.slice(0, 400)).slice(0, 160).join(""));
}
