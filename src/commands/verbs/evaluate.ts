import { type EvaluateFlags, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const evaluateVerb: Verb<FolderOptions & EvaluateFlags> = {
  name: "evaluate",
  summary: "answer the test split and score it against the controls: evaluation.json",
  description:
    "Answer the mails of the test split and score the replies against the teacher's, beside controls that need no training: the base as it is, the best constant reply, a copied neighbour, shuffled references, and the teacher asked again. Writes report.html.",
  declare: (command) =>
    withRecipe(command).option("--rescore", "score anew, from the replies that are there; nothing is generated again"),
  examples: [
    ["npx pocketreply evaluate --run runs/mine", "scores with their signatures, and report.html"],
    ["npx pocketreply evaluate --run runs/mine evaluate.samples=50 --json", "fewer mails, for a machine"],
    [
      "npx pocketreply evaluate --run runs/mine evaluate.predictor.baseUrl=http://localhost:8080/v1 evaluate.predictor.model=my-model",
      "any OpenAI-compatible endpoint answers in the place of the run's own model",
    ],
  ],
  run: async (options, session) => (await import("../evaluate.ts")).evaluate(options, session),
};
