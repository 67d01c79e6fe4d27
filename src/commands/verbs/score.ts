import { InvalidArgumentError } from "commander";
import type { MetricName } from "../../metrics/index.ts";
import { collect, jsonOption, type ScoreFlags } from "../options.ts";
import type { Verb } from "./verb.ts";

export const scoreVerb: Verb<ScoreFlags> = {
  name: "score",
  summary: "BLEU, chrF, ROUGE, BERTScore of any two text files, with their signatures",
  description:
    'BLEU, chrF and TER of any two text files as sacreBLEU 2.6 computes them, ROUGE, and BERTScore as bert_score 0.3.13 does, each with its signature. A file holds a segment a line; a .jsonl file holds rows such as {"text": "…"}.',
  declare: (command) =>
    command
      .requiredOption("--candidates <file>", "what is scored")
      .requiredOption("--references <file>", "what it is compared with; give it again for more references", collect)
      .option(
        "--metrics <names>",
        "of bleu, chrf, chrf++, ter, rouge, bertscore (default: all but ter; bertscore with an encoder)",
        metricNames,
      )
      .option("--lowercase", "BLEU and chrF without regard to case")
      .option("--confidence", "95 % intervals by bootstrap, as sacreBLEU draws them")
      .option("--baseline <file>", "another system's texts: is the difference more than chance? (paired bootstrap)")
      .option("--compat", "beside it, BLEU in readings that are not comparable but explain published figures")
      .option(
        "--encoder <name>",
        "for BERTScore: a folder with a BERT, RoBERTa, DistilBERT or DeBERTa, or its name on the hub, which is then downloaded",
      )
      .option(
        "--layer <number>",
        "the layer whose vectors are compared (default: the one bert_score recommends)",
        layerNumber,
      )
      .option("--idf", "BERTScore with rare tokens of the references counting more")
      .option(
        "--rescale-baseline [file]",
        "BERTScore rescaled so that unrelated texts score about 0: by a file LAYER,P,R,F, or bert_score's own for English",
      )
      .option(
        "--fast-tokenizer",
        "RoBERTa without the space before the first word, as bert_score's option of this name",
      )
      .addOption(jsonOption()),
  examples: [
    ["npx pocketreply score --candidates out.txt --references ref.txt", "for a person"],
    ["npx pocketreply score --candidates out.jsonl --references a.txt --references b.txt --json", "for a machine"],
    [
      "npx pocketreply score --candidates new.txt --references ref.txt --baseline old.txt --confidence",
      "is the new system better than the old one?",
    ],
    [
      "npx pocketreply score --candidates out.txt --references ref.txt --metrics bertscore --encoder roberta-large",
      "BERTScore; the encoder is downloaded once",
    ],
  ],
  run: async (options, session) => (await import("../score.ts")).score(options, session),
};

const metrics = ["bleu", "chrf", "chrf++", "ter", "rouge", "bertscore"] as const satisfies readonly MetricName[];

/** Metric names with commas between them. */
function metricNames(text: string): MetricName[] {
  return text.split(",").map((name) => {
    const known = metrics.find((metric) => metric === name.trim());
    if (known === undefined) throw new InvalidArgumentError(`"${name}" is none of ${metrics.join(", ")}.`);
    return known;
  });
}

/** The layer of an encoder, 0 for its embeddings. */
function layerNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError("It must be a whole number, 0 for the embeddings.");
  return value;
}
