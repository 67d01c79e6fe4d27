import { Argument } from "commander";
import { jsonOption, positive, type RedactOptions } from "../options.ts";
import type { Verb } from "./verb.ts";

export const redactVerb: Verb<RedactOptions & { file?: string }> = {
  name: "redact",
  summary: "show what of a mail would leave this machine: names, addresses, numbers and secrets replaced",
  description:
    "Show what of a mail would leave this machine on the way to a remote teacher (distill.redact): names, addresses, numbers and secrets as placeholders, and what each stands for. Sends nothing and writes nothing.",
  declare: (command) =>
    command
      .addArgument(new Argument("[file]", "a mail (.eml) or plain text; - or nothing reads standard input"))
      .option("--run <folder>", "a run folder: its senders as address book; without FILE, all its mails in figures")
      .option("--show <n>", "with --run and no FILE: so many of the mails, drawn at random", positive)
      .addOption(jsonOption())
      .option("--quiet", "no progress"),
  examples: [
    ["npx pocketreply redact mail.eml", "one mail"],
    ["npx pocketreply redact --run runs/mine --show 5", "how much of each kind is in a mailbox, and five mails"],
    ["npx pocketreply redact mail.eml --json", "text and placeholders for a machine"],
  ],
  run: async (options, session) => (await import("../redact.ts")).redact(options, session),
};
