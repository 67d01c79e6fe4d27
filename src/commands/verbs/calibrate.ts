import { Argument } from "commander";
import type { CalibrateFlags } from "../calibrate.ts";
import { jsonOption } from "../options.ts";
import type { Verb } from "./verb.ts";

export const calibrateVerb: Verb<CalibrateFlags> = {
  name: "calibrate",
  summary: "how far can the judge be trusted? from what you decided in view, or from labels",
  description:
    "How often a judge is right: Cohen's kappa, sensitivity and specificity, and the rates that are left when its errors are taken out. Without labels: the judge of distill, which scored the teacher's drafts, against what you decided on them in view (calibration-decisions.json), with the threshold that would have agreed best. With labels: the judge of judge, which reads the model's replies, against a CSV with the columns id, label (send-ready, needs-fill, not-usable; with a criterion: pass, fail) and, if wanted, criterion (calibration.json).",
  declare: (command) =>
    command
      .addArgument(new Argument("[labels]", "labels of the model's replies (CSV); none: your decisions"))
      .requiredOption("--run <folder>", "the run folder")
      .addOption(jsonOption()),
  examples: [
    [
      "npx pocketreply calibrate --run runs/mine",
      "by what you decided in view; drawn at random, it holds for all mails",
    ],
    ["npx pocketreply calibrate labels.csv --run runs/mine", "150 to 200 replies, drawn at random, tell enough"],
  ],
  run: async (options, session) => (await import("../calibrate.ts")).calibrate(options, session),
};
