import { Argument, Option } from "commander";
import { adapterOption, modelOption, notNegative, positive, type ReplyOptions, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const replyVerb: Verb<FolderOptions & ReplyOptions & { file?: string }> = {
  name: "reply",
  summary: "answer one mail with an exported model",
  declare: (command) =>
    withRecipe(
      command
        .addArgument(new Argument("[file]", "a mail (.eml) or plain text; - or nothing reads standard input"))
        .addOption(modelOption())
        .option("--suggest", "three short replies to choose from, each another intent")
        .option("--steer <line>", 'what to say, such as "decline, propose Thursday"')
        .addOption(new Option("--tone <tone>", "how to say it").choices(["formal", "friendly", "brief"]))
        .addOption(
          new Option("--length <length>", "how much: 1, 3 or 6 sentences").choices(["short", "medium", "long"]),
        )
        .option("--language <code>", "ISO 639-1 (default: the language of the mail)")
        .option("--anyway", "answer a mail that wants no reply, too")
        .addOption(new Option("--style <whose>", "in your own words, as personalise learnt them").choices(["mine"]))
        .addOption(adapterOption())
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
    ["npx pocketreply reply mail.eml --suggest", "three to choose from"],
    ['npx pocketreply reply mail.eml --steer "decline, propose Thursday"', "a draft that follows"],
    ["npx pocketreply reply mail.eml --json", "decision, questions, reply, flags, tokens and timings"],
  ],
  refuse: ({ suggest, steer, length }) =>
    suggest && (steer !== undefined || length !== undefined)
      ? "--suggest makes three short replies of its own; --steer and --length are for a draft."
      : undefined,
  run: async (options, session) => (await import("../reply.ts")).reply(options, session),
};
