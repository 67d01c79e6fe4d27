import { Argument } from "commander";
import { type ClientsOptions, jsonOption } from "../options.ts";
import type { Verb } from "./verb.ts";

export const clientsVerb: Verb<ClientsOptions> = {
  name: "clients",
  summary: "an add-on for a mail program, which asks the model of `pocketreply serve` on this machine",
  description:
    "Write the add-on for Thunderbird (128 or newer) as a file to install: a button in a message and in a reply's window that gives three suggestions and takes a steering line. What is chosen goes into the reply, over quote and signature; nothing is ever sent.",
  declare: (command) =>
    command
      .addArgument(new Argument("<client>", "the mail program").choices(["thunderbird"]))
      .option("--out <file>", "where the add-on goes", "pocketreply-thunderbird.xpi")
      .addOption(jsonOption()),
  examples: [["npx pocketreply clients thunderbird", "then: Add-ons and Themes, the gear, Install Add-on From File"]],
  run: async (options, session) => (await import("../clients.ts")).clients(options, session),
};
