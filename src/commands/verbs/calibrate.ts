import { Argument } from "commander";
import type { CalibrateFlags } from "../calibrate.ts";
import { jsonOption } from "../options.ts";
import type { Verb } from "./verb.ts";

export const calibrateVerb: Verb<CalibrateFlags> = {
  name: "calibrate",
  summary: "how far can the judge be trusted? from labels that people gave",
  description:
    "Compare the judge's verdicts with labels that people gave to the same replies: Cohen's kappa, sensitivity and\nspecificity, and the rates that are left when the judge's errors are taken out (calibration.json). The CSV has the columns\nid, label (send-ready, needs-fill, not-usable; with a criterion: pass, fail) and, if wanted, criterion.",
  declare: (command) =>
    command
      .addArgument(new Argument("<labels>", "the labels (CSV)"))
      .requiredOption("--run <folder>", "the run folder, judged before")
      .addOption(jsonOption()),
  examples: [
    ["npx pocketreply calibrate labels.csv --run runs/mine", "150 to 200 replies, drawn at random, tell enough"],
  ],
  run: async (options, session) => (await import("../calibrate.ts")).calibrate(options, session),
};
