/** Answers a request by rules: which of the three prompts it is, and the rule that answers that one. */
import type { PromptData } from "../prompts/index.ts";
import { judgeReply, reviseReply, writeReply } from "./rules/index.ts";

/** The answer object to a prompt. Depends on nothing but its arguments; another `seed` gives another wording of a first draft. */
export function answerByRules(data: PromptData, seed: number): object {
  switch (data.kind) {
    case "generate":
      return { response: writeReply(data.email, { variant: seed }) };
    case "judge":
      return judgeReply(data.email, data.reply);
    case "refine":
      return {
        refined_response: reviseReply(data.email, data.reply, { scores: data.scores, feedback: data.feedback }),
      };
    default:
      return data satisfies never;
  }
}
