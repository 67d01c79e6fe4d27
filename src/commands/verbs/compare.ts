import { Argument } from "commander";
import { type CompareFlags, jsonOption } from "../options.ts";
import type { Verb } from "./verb.ts";

export const compareVerb: Verb<CompareFlags & { "run-a": string; "run-b": string }> = {
  name: "compare",
  summary: "two evaluated runs on the same mails: which one is better, and is it chance?",
  description:
    "Compare two evaluated runs mail by mail: paired tests, intervals over threads, what changed most.\nThe second run is the new one: a difference above 0 speaks for it.",
  declare: (command) =>
    command
      .addArgument(new Argument("<run-a>", "the run folder to compare with"))
      .addArgument(new Argument("<run-b>", "the run folder that is judged"))
      .option("--intersect", "compare the mails that both have, where they were not evaluated on the same ones")
      .option("--report <file>", "the comparison as one HTML file")
      .addOption(jsonOption()),
  examples: [
    ["npx pocketreply compare runs/old runs/new", "is the new run better?"],
    ["npx pocketreply compare runs/old runs/new --report compare.html", "with the replies side by side"],
  ],
  run: async ({ "run-a": runA, "run-b": runB, ...options }, session) =>
    (await import("../compare.ts")).compare({ ...options, runA, runB }, session),
};
