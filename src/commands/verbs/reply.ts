import { Argument, Option } from "commander";
import type { FolderOptions } from "../../stages/index.ts";
import { modelOption, notNegative, positive, type ReplyOptions, withRecipe } from "../options.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const replyVerb: Verb<FolderOptions & ReplyOptions & { file?: string }> = {
  name: "reply",
  summary: "answer one mail with an exported model",
  declare: (command) =>
    withRecipe(
      command
        .addArgument(new Argument("[file]", "a mail (.eml) or plain text; - or nothing reads standard input"))
        .addOption(modelOption())
        .addOption(
          new Option("--adapter <file>", "an adapter (export.formats=[adapter-gguf]) to lay over --model, its base"),
        )
        .addOption(
          new Option("--max-tokens <n>", "longest reply (default: evaluate.maxReplyTokens)").argParser(positive),
        )
        .addOption(
          new Option(
            "--temperature <t>",
            "0 always picks the likeliest word (default: evaluate.temperature)",
          ).argParser(notNegative),
        ),
      { folder: quickstartFolder, overrides: false },
    ),
  examples: [
    ["npx pocketreply reply mail.eml", "with the model of runs/quickstart"],
    ["npx pocketreply reply - --run runs/mine < mail.eml", "from standard input"],
    ["npx pocketreply reply mail.eml --json", "reply, tokens and timings"],
  ],
  run: async (options, session) => (await import("../reply.ts")).reply(options, session),
};
