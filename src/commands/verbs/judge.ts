import type { JudgeFlags } from "../judge.ts";
import { withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const judgeVerb: Verb<FolderOptions & JudgeFlags> = {
  name: "judge",
  summary: "have a judge check every reply of an evaluated run: judge.json",
  description:
    "Have a judge check every reply of an evaluated run against six questions with evidence: send-ready, needs-fill or not-usable (judge.json, judged.jsonl). With --against, which of two systems replies better, each pair shown in both orders (judge-pairs.json). Answers are kept in judgements.jsonl and never paid twice.",
  declare: (command) =>
    withRecipe(command)
      .option("--against <run>", 'compare with another run folder, with "base" (un-tuned) or with "teacher"')
      .option("--dry-run", "only count the calls and tokens to come"),
  examples: [
    [
      "npx pocketreply judge --run runs/mine evaluate.judge.baseUrl=http://localhost:8080/v1 evaluate.judge.model=my-judge",
      "any OpenAI-compatible endpoint; better not the teacher itself",
    ],
    ["npx pocketreply judge --run runs/mine --against base", "is the tuned model better than the base?"],
    ["npx pocketreply judge --run runs/mine --dry-run", "what it would take"],
  ],
  run: async (options, session) => (await import("../judge.ts")).judge(options, session),
};
