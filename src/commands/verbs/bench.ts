import { Argument, Option } from "commander";
import type { BenchOptions } from "../../stages/index.ts";
import { adapterOption, collect, jsonOption, positive } from "../options.ts";
import type { Verb } from "./verb.ts";

export const benchVerb: Verb<BenchOptions> = {
  name: "bench",
  summary: "put a model to the reply bench: 19 checks without a judge, over mails written by hand",
  description:
    "Have a model answer the hand-written mails of the reply bench, once, and check each reply without a judge: form, grounding, commitments, addressee, questions answered, language, tone, leaks, hidden orders obeyed.\nbench.json names the offending text of every failure.",
  declare: (command) =>
    command
      .addArgument(
        new Argument(
          "[key=value...]",
          "recipe overrides, such as evaluate.maxReplyTokens=2000; teacher.extraBody.… and teacher.apiKeyEnv reach the endpoint",
        ),
      )
      .option("--run <folder>", "the exported model of this run folder; output goes to its bench/")
      .addOption(new Option("--model <file>", "a GGUF file that pocketreply export wrote").conflicts(["endpoint"]))
      .addOption(adapterOption().conflicts(["endpoint"]))
      .option("--endpoint <url>", "any OpenAI-compatible endpoint, up to and with /v1; needs --name")
      .option("--name <model>", "the model's name at the endpoint")
      .option("--items <file>", "another set of items (default: the one that ships, locked by its SHA-256)")
      .option(
        "--slice <key=value>",
        "only part of the set, such as lang=de or attack=html-hidden; may be given again",
        collect,
      )
      .addOption(
        new Option("--suggestions <k>", "k replies to each mail, for P@k, MRR and variety (GGUF only)").argParser(
          positive,
        ),
      )
      .option(
        "--assistant",
        "also its suggestions, drafts and completions: how good, and whether a mail's hidden orders steer them (GGUF only)",
      )
      .option("--out <folder>", "where answers.jsonl and bench.json go (default: the run's bench/, or bench-<model>)")
      .addOption(jsonOption()),
  examples: [
    ["npx pocketreply bench --run runs/mine", "the run's model; scored again, nothing is generated again"],
    ["npx pocketreply bench --run runs/mine --assistant", "its suggestions, drafts and completions too"],
    ["npx pocketreply bench --model model-q8_0.gguf --slice lang=de", "one file, German mails only"],
    ["npx pocketreply bench --endpoint http://localhost:8080/v1 --name my-model --json", "a model served elsewhere"],
    [
      "npx pocketreply bench --endpoint http://localhost:8000/v1 --name qwen3 evaluate.maxReplyTokens=2000",
      "one that reasons before it replies",
    ],
  ],
  run: async (options, session) => (await import("../bench.ts")).bench(options, session),
};
