import { Option } from "commander";
import type { PreferenceMethod } from "../../train/index.ts";
import { type TrainFlags, withEngine, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const trainVerb: Verb<FolderOptions & TrainFlags> = {
  name: "train",
  summary: "fine-tune the base on the accepted replies: checkpoints/, best.json",
  declare: (command) =>
    withEngine(withRecipe(command))
      .option("--anew", "train from the first step; the model and results so far are kept in the run's earlier/")
      .addOption(
        new Option(
          "--method <name>",
          "learn instead from comparisons of replies, from the trained adapter on, into RUN/NAME",
        ).choices(["dpo", "ipo", "apo_zero", "simpo", "orpo", "kto"] satisfies PreferenceMethod[]),
      )
      .option(
        "--sweep <key=values...>",
        "try every combination of some settings in short trainings instead, such as train.learningRate=1e-4,3e-4",
      )
      .option("--trigger", "learn instead which mails want a reply, from those the owner answered: trigger.json")
      .option(
        "--completion",
        "measure instead how sure the model has to be of the next words, for reply.completionRate: completion.json",
      ),
  examples: [
    ["npx pocketreply train --run runs/mine", "goes on from the last checkpoint"],
    ["npx pocketreply train --run runs/mine base=path/to/Llama-3.2-1B-Instruct", "another base"],
    ["npx pocketreply train --run runs/mine train.rank=8 train.learningRate=1e-3", "other numbers"],
    ["npx pocketreply train --run runs/mine --anew train.epochs=5", "other numbers in a run that is trained already"],
    [
      "npx pocketreply train --run runs/mine --method dpo",
      "which draft was sent back and which accepted; then evaluate --run runs/mine/dpo",
    ],
    [
      "npx pocketreply train --run runs/mine --sweep train.learningRate=1e-4,3e-4 train.batchSize=8,16",
      "four short trainings on the same replies, the best first: sweep/sweep.json",
    ],
    ["npx pocketreply train --trigger --run runs/mine", "whether a mail wants a reply, from your own conversations"],
    [
      "npx pocketreply train --run runs/mine --engine torch --python .venv/bin/python",
      "the same steps by PyTorch, on a GPU where there is one",
    ],
  ],
  run: async (options, session) => (await import("../train.ts")).train(options, session),
};
