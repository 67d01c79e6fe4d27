/** Answers a request by rules: which of the three prompts it is, and the rule that answers that one. */
import type { PromptData } from "../prompts/index.ts";
import { judgeReply, reviseReply, writeReply } from "./rules/index.ts";

/** The answer object to a prompt. Depends on nothing but its arguments; another `seed` gives another wording of a first draft. */
export function answerByRules(data: PromptData & { readonly line?: string }, seed: number): object {
  const { email, line } = data;
  switch (data.kind) {
    case "generate":
      return { response: writeReply(email, { variant: seed, line }) };
    case "judge":
      return judgeReply(email, data.reply, line);
    case "refine":
      return {
        refined_response: reviseReply(email, data.reply, { scores: data.scores, feedback: data.feedback }, line),
      };
    default:
      return data satisfies never;
  }
}
