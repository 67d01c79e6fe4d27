import { type PushFlags, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const pushVerb: Verb<FolderOptions & PushFlags> = {
  name: "push",
  summary: "put the model and its tokenizer on a phone: --android, by adb",
  declare: (command) =>
    withRecipe(
      command
        .option("--android", "an Android phone with USB debugging")
        .option("--model <file>", "a .pte with its tokenizer.json beside it (default: the run's export)")
        .option("--runner <file>", "ExecuTorch's llama_main built for the phone: pushed too, for the smoke run")
        .option("--serial <name>", "which phone, as `adb devices` names it")
        .option("--folder <path>", "where on the phone (default: /data/local/tmp/llama, as in the paper)")
        .option("--adb <program>", "adb, where it is not on the path", "adb")
        .option("--print", "print the commands, and run none"),
      { folder: quickstartFolder, overrides: false },
    ),
  refuse: ({ android }) => (android ? undefined : "name the phone's kind: --android. For an iPhone see docs/phone.md"),
  examples: [
    [
      "npx pocketreply push --android --run runs/mine",
      "the folder, model and tokenizer, and a smoke run if llama_main is there",
    ],
    ["npx pocketreply push --android --run runs/mine --print", "what it would do"],
  ],
  run: async (options, session) => (await import("../push.ts")).push(options, session),
};
