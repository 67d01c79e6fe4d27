import { InvalidArgumentError, Option } from "commander";
import type { DatasetFormat } from "../../distill/index.ts";
import type { DatasetOptions } from "../dataset.ts";
import { withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const datasetVerb: Verb<FolderOptions & DatasetOptions> = {
  name: "dataset",
  summary: "write the accepted replies for other trainers: Parquet, OpenAI, TRL, Axolotl",
  description:
    "Write the dataset in the forms that other programs train from, each with its card: parquet, openai, openai-preferences, trl, preferences (TRL's DPO), axolotl.",
  declare: (command) =>
    withRecipe(command)
      .addOption(
        new Option("--format <names>", "formats with commas between them, or all")
          .argParser(datasetFormatNames)
          .makeOptionMandatory(),
      )
      .option("--out <folder>", "where to write (default: dataset/ in the run folder)"),
  examples: [
    ["npx pocketreply dataset --run runs/mine --format parquet,trl", "two of them"],
    ["npx pocketreply dataset --run runs/mine --format all --out mine", "every one, in a folder of your choice"],
  ],
  run: async (options, session) => (await import("../dataset.ts")).dataset(options, session),
};

const datasetFormats = [
  "parquet",
  "openai",
  "openai-preferences",
  "trl",
  "preferences",
  "axolotl",
] as const satisfies readonly DatasetFormat[];

/** Formats of `dataset` with commas between them; `all` is every one. */
export function datasetFormatNames(text: string): DatasetFormat[] {
  if (text === "all") return [...datasetFormats];
  return text.split(",").map((name) => {
    const known = datasetFormats.find((format) => format === name.trim());
    if (known === undefined) throw new InvalidArgumentError(`"${name}" is none of ${datasetFormats.join(", ")}, all.`);
    return known;
  });
}
