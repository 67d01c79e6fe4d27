import { Option } from "commander";
import { type InboxFlags, modelOption, withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const inboxVerb: Verb<FolderOptions & InboxFlags> = {
  name: "inbox",
  summary: "watch an IMAP mailbox and put answers into its folder of drafts; never sends",
  description:
    "Watches INBOX and puts a draft into the folder of drafts for each mail that wants a reply: threaded, with the mail quoted below and, as a first line to delete, what should be checked. It cannot send. It marks nothing as read and moves nothing; a draft that you touched is yours, and one that is no longer needed (answered elsewhere, thread moved on) is taken back. The model runs on this machine; the only connection is to your mail server.",
  declare: (command) =>
    withRecipe(command, { folder: quickstartFolder })
      .addOption(
        new Option(
          "--mail <address>",
          "the mailbox: imaps://USER@HOST; the password comes from IMAP_PASSWORD",
        ).makeOptionMandatory(),
      )
      .addOption(modelOption())
      .addOption(new Option("--style <whose>", "in your own words, as personalise learnt them").choices(["mine"]))
      .option("--once", "deal with what is there and stop"),
  examples: [
    [
      "IMAP_PASSWORD=… npx pocketreply inbox --mail imaps://ann@example.com@imap.example.com --run runs/mine",
      "until Ctrl-C",
    ],
    [
      "npx pocketreply inbox --mail imaps://ann@example.com@imap.example.com --run runs/mine --once inbox.days=1",
      "the mail of one day, once",
    ],
    [
      "npx pocketreply inbox --mail … --run runs/mine inbox.flags=header inbox.quote=false inbox.signature='Ann Lee'",
      "how drafts look",
    ],
  ],
  run: async (options, session) => (await import("../inbox.ts")).inbox(options, session),
};
