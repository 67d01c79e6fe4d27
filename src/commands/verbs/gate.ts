import { Argument } from "commander";
import type { GateOptions } from "../../stages/index.ts";
import { jsonOption } from "../options.ts";
import type { Verb } from "./verb.ts";

export const gateVerb: Verb<Omit<GateOptions, "file"> & { gates: string }> = {
  name: "gate",
  summary: "does a run reach what a gates file asks for? exit code 0, 1 or 2",
  description:
    "Check a run against a gates file: absolute floors, and differences to a baseline run whose whole 95 % interval must lie above a margin. Exit code 0: all passed; 1: a gate failed; 2: one could not be decided. recipes/gates.yaml is an example that explains itself.",
  declare: (command) =>
    command
      .addArgument(new Argument("<gates>", "the gates file (YAML)"))
      .requiredOption("--run <folder>", "the run folder")
      .option("--baseline <run>", "the run folder to compare with")
      .option("--junit <file>", "also write the results as JUnit XML")
      .addOption(jsonOption()),
  examples: [
    ["npx pocketreply gate recipes/gates.yaml --run runs/mine", "floors alone"],
    [
      "npx pocketreply gate gates.yaml --run runs/new --baseline runs/last --junit gates.xml",
      "for a CI system, with the last release beside it",
    ],
  ],
  run: async ({ gates, ...options }, session) =>
    (await import("../gate.ts")).gate({ ...options, file: gates }, session),
};
