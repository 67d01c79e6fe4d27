/**
 * The command line as data: every verb, its options and the help that teaches it. What a verb does lives in the file of its
 * name and is loaded only when it runs, so that --help and --version answer at once.
 */
import { readFileSync } from "node:fs";
import { Argument, Command, Option } from "commander";
import type { CalibrateFlags } from "./calibrate.ts";
import type { DatasetOptions } from "./dataset.ts";
import { packagePath } from "./folder.ts";
import type { GateFlags } from "./gate.ts";
import type { JudgeFlags } from "./judge.ts";
import {
  aboveZero,
  type BenchFlags,
  type CompareFlags,
  collect,
  datasetFormatNames,
  type EvaluateFlags,
  examples,
  jsonOption,
  layerNumber,
  mailOption,
  metricNames,
  modelOption,
  notNegative,
  portNumber,
  positive,
  type RedactOptions,
  type ReplyOptions,
  type ScoreFlags,
  type ServeOptions,
  type WorkerFlags,
  withRecipe,
} from "./options.ts";
import type { RehearseOptions } from "./rehearse.ts";
import type { CommonOptions, FolderOptions, Session } from "./session.ts";

/** Makes the session of one verb from its options. */
export type OpenSession = (options: { json?: boolean; quiet?: boolean }) => Session;

const quickstartFolder = "runs/quickstart";

/** The whole command line. Help is laid out for 100 columns wherever it is shown, so that the README can quote it. */
export function createProgram(openSession: OpenSession): Command {
  const program = new Command("pocketreply")
    .description("Turn mail and a big teacher model into a small reply model that runs on a phone.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help; `pocketreply help VERB` explains a verb with examples")
    .configureOutput({ getOutHelpWidth: () => 100, getErrHelpWidth: () => 100 })
    .configureHelp({ subcommandTerm: (verb) => verb.name() })
    .usage("<verb> [options]")
    .showHelpAfterError("(pocketreply --help lists the verbs, pocketreply help VERB explains one)")
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply quickstart", "everything once, on a sample mailbox, in a few minutes"],
        ["npx pocketreply run --mail mail.mbox.gz --run runs/mine", "the same on your own mail"],
        ["npx pocketreply reply mail.eml --run runs/mine", "answer one mail with the result"],
      ) +
        "\nStages exchange files in a run folder: import → distill → train → evaluate → export → reply, serve." +
        "\nEach does nothing when its output is complete, and goes on where it was cut.\n",
    );

  const verb = (name: string, summary: string, description = summary) =>
    program
      .command(name)
      .summary(summary)
      .description(capitalize(description))
      .helpOption("-h, --help", "show this help");

  withRecipe(verb("quickstart", "the whole path on a sample mailbox, in a few minutes"), quickstartFolder, "quickstart")
    .addHelpText(
      "after",
      `${examples(
        ["npx pocketreply quickstart", "the same as npm start"],
        ["npx pocketreply quickstart --run runs/longer train.epochs=6", "with a number of your own"],
      )}\nKilled at any moment and started again, it goes on where it was.\n`,
    )
    .action(async (overrides: string[], options: FolderOptions) => {
      const { quickstart } = await import("./quickstart.ts");
      await quickstart(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(verb("run", "every stage in order, from a mailbox to an exported model"))
    .addOption(mailOption().makeOptionMandatory())
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply run --mail mail.mbox.gz --run runs/mine", "mbox, mbox.gz, .eml folder, Maildir or .jsonl"],
        ["npx pocketreply run --mail mail/ --run runs/mine distill.sample=500", "only 500 mails, chosen by seed"],
        [
          "npx pocketreply run --mail mail.mbox --run runs/paper --recipe paper",
          "the paper's numbers, teacher and base",
        ],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions & { mail: string }) => {
      const { run } = await import("./run.ts");
      await run(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(
    verb(
      "import",
      "read mail into the run folder: emails.jsonl",
      "Read mail into the run folder: emails.jsonl, one cleaned mail a row, and pairs.jsonl, the real replies\namong them, each with the mail it answers. What was skipped, and why, is in import.json.",
    ),
  )
    .addOption(mailOption().makeOptionMandatory())
    .addHelpText(
      "after",
      examples(
        [
          "npx pocketreply import --mail mail.mbox.gz --run runs/mine",
          "Google Takeout too: spam, trash and promotions stay out",
        ],
        [
          "npx pocketreply import --mail mail.mbox --run runs/mine 'import.owner=[me@example.com]'",
          "whose mailbox it is, where no Sent folder or label tells: own replies become real pairs",
        ],
        [
          "npx pocketreply import --mail hf://datasets/argilla/FinePersonas-Conversations-Email-Summaries --run runs/paper import.sample=50000",
          "the paper's data set: downloaded, checked, a sample of it by seed; @REVISION pins another commit",
        ],
        [
          "IMAP_PASSWORD=… npx pocketreply import --mail imaps://me%40example.com@imap.example.com/INBOX,Sent --run runs/mine",
          "read-only; run it again after a cut and it fetches what is missing",
        ],
        ["npx pocketreply import --mail 'data/train-*.parquet' --run runs/mine", "shards of a table"],
        ["npx pocketreply import --mail rows.csv --run runs/mine import.fields.body=text", "a column of another name"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions & { mail: string }) => {
      const { importMailbox } = await import("./import.ts");
      await importMailbox(withOverrides(options, overrides), openSession(options));
    });

  verb(
    "redact",
    "show what of a mail would leave this machine: names, addresses, numbers and secrets replaced",
    "Show what of a mail would leave this machine on the way to a remote teacher (distill.redact):\nnames, addresses, numbers and secrets as placeholders, and what each stands for. Sends nothing and writes nothing.",
  )
    .addArgument(new Argument("[file]", "a mail (.eml) or plain text; - or nothing reads standard input"))
    .option("--run <folder>", "a run folder: its senders as address book; without FILE, all its mails in figures")
    .option("--show <n>", "with --run and no FILE: so many of the mails, drawn at random", positive)
    .addOption(jsonOption())
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply redact mail.eml", "one mail"],
        ["npx pocketreply redact --run runs/mine --show 5", "how much of each kind is in a mailbox, and five mails"],
        ["npx pocketreply redact mail.eml --json", "text and placeholders for a machine"],
      ),
    )
    .action(async (file: string | undefined, options: RedactOptions & { json?: boolean; quiet?: boolean }) => {
      const { redact } = await import("./redact.ts");
      await redact({ ...options, file }, openSession(options));
    });

  withRecipe(
    verb(
      "plan",
      "what distill will take before it runs: tokens, money, time, what binds",
      "What distill will take, before a call is made: tokens counted on the real prompts, money by a price table\nwith date and source, time under the limits and what binds it, synchronously and by batch. Changes nothing.",
    ),
  )
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply plan --run runs/mine", "with the folder's recipe"],
        [
          "npx pocketreply plan --run runs/mine --recipe paper distill.tokensPerMinute=2000000",
          "the paper's teacher, under a limit of your account",
        ],
        [
          "npx pocketreply plan --run runs/mine teacher.price.input=0.3 teacher.price.output=1.2",
          "a price of your own, in US dollars per million tokens",
        ],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions) => {
      const { plan } = await import("./plan.ts");
      await plan(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(
    verb(
      "rehearse",
      "the same run with the built-in teacher, under the same limits, delays and faults",
      "The same run with the built-in teacher in the place of the paid one, under the same limits, with its\nlatency and its faults, in a folder of its own; then what happened against the plan. Costs nothing.",
    ),
  )
    .option("--into <folder>", "where the rehearsal writes (default: the run folder's name with -rehearsal)")
    .addOption(new Option("--speed <x>", "so many times as fast as the real run").default(1).argParser(aboveZero))
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply rehearse --run runs/mine distill.sample=200", "a part of it, in real time"],
        ["npx pocketreply rehearse --run runs/mine --speed 20 distill.requestsPerMinute=500", "all of it, hurried"],
        ["npx pocketreply rehearse --run runs/mine rehearsal.serverError=0.2", "on a very bad day"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions & RehearseOptions) => {
      const { rehearse } = await import("./rehearse.ts");
      await rehearse(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(
    verb(
      "distill",
      "have the teacher write, judge and refine replies: replies.jsonl",
      "Have the teacher write, judge and refine replies: replies.jsonl.\nEvery call is journalled before it counts, so a run that was cut pays for nothing twice.",
    ),
    undefined,
    undefined,
    { needsRun: false }, // --join needs none
  )
    .option("--workers <url>", "share the calls with other machines through this Redis, redis://HOST:PORT/DB")
    .addOption(
      new Option(
        "--join <name>",
        "with --workers and without --run: work for the run folder of that name, led elsewhere",
      ).conflicts(["run", "recipe", "set"]),
    )
    .addHelpText(
      "after",
      `${examples(
        ["npx pocketreply distill --run runs/mine", "with the recipe's teacher (built-in by default)"],
        ["npx pocketreply distill --run runs/mine distill.sample=20 distill.concurrency=4", "a small trial"],
        [
          "npx pocketreply distill --run runs/mine --recipe paper distill.mode=batch",
          "by the provider's Batch API: half the price, hours a wave, the same rows",
        ],
        [
          "npx pocketreply distill --run runs/mine teacher.baseUrl=http://localhost:8080/v1 teacher.model=my-model",
          "any OpenAI-compatible endpoint; its key is read from the variable that teacher.apiKeyEnv names",
        ],
        [
          "npx pocketreply distill --run runs/mine --workers redis://localhost:6379/0",
          "lead a run on several machines",
        ],
        [
          "npx pocketreply distill --workers redis://localhost:6379/0 --join mine",
          "on the others: work for the run folder called mine, which need not be there",
        ],
      )}\nWith --workers, requests (the mail's text in them, redacted where distill.redact says so) and answers lie in that\nRedis until they are journalled; whoever can write to it decides what workers send to the endpoint. API keys\nnever do: each machine reads its own variable. The Redis password is read from REDIS_PASSWORD where the URL has none.\nLimits and budgets hold for all machines together. A worker may be killed, or join, at any time.\n`,
    )
    .action(async (overrides: string[], options: FolderOptions & WorkerFlags, command: Command) => {
      if (options.join !== undefined) {
        if (options.workers === undefined) command.error("error: option '--join <name>' needs '--workers <url>'");
        if (overrides.length > 0)
          command.error("error: with '--join <name>' the recipe is the coordinator's; leave out the overrides");
        const { joinDistill } = await import("./distill-join.ts");
        await joinDistill({ workers: options.workers!, join: options.join }, openSession(options));
        return;
      }
      if (options.run === undefined) command.error("error: required option '--run <folder>' not specified");
      const { distill } = await import("./distill.ts");
      await distill(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(
    verb(
      "dataset",
      "write the accepted replies for other trainers: Parquet, OpenAI, TRL, Axolotl",
      "Write the dataset in the forms that other programs train from, each with its card:\nparquet, openai, openai-preferences, trl, preferences (TRL's DPO), axolotl.",
    ),
  )
    .addOption(
      new Option("--format <names>", "formats with commas between them, or all")
        .argParser(datasetFormatNames)
        .makeOptionMandatory(),
    )
    .option("--out <folder>", "where to write (default: dataset/ in the run folder)")
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply dataset --run runs/mine --format parquet,trl", "two of them"],
        ["npx pocketreply dataset --run runs/mine --format all --out mine", "every one, in a folder of your choice"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions & DatasetOptions) => {
      const { dataset } = await import("./dataset.ts");
      await dataset(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(verb("train", "fine-tune the base on the accepted replies: checkpoints/, best.json"))
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply train --run runs/mine", "goes on from the last checkpoint"],
        ["npx pocketreply train --run runs/mine base=path/to/Llama-3.2-1B-Instruct", "another base"],
        ["npx pocketreply train --run runs/mine train.rank=8 train.learningRate=1e-3", "other numbers"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions) => {
      const { train } = await import("./train.ts");
      await train(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(
    verb(
      "evaluate",
      "answer the test split and score it against the controls: evaluation.json",
      "Answer the mails of the test split and score the replies against the teacher's, beside controls that\nneed no training: the base as it is, the best constant reply, a copied neighbour, shuffled references,\nand the teacher asked again. Writes report.html.",
    ),
  )
    .option("--rescore", "score anew, from the replies that are there; nothing is generated again")
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply evaluate --run runs/mine", "scores with their signatures, and report.html"],
        ["npx pocketreply evaluate --run runs/mine evaluate.samples=50 --json", "fewer mails, for a machine"],
        [
          "npx pocketreply evaluate --run runs/mine evaluate.predictor.baseUrl=http://localhost:8080/v1 evaluate.predictor.model=my-model",
          "any OpenAI-compatible endpoint answers in the place of the run's own model",
        ],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions & EvaluateFlags) => {
      const { evaluate } = await import("./evaluate.ts");
      await evaluate(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(verb("report", "write the report of an evaluation anew: report.html"), undefined, undefined, {
    positional: false,
  })
    .addHelpText(
      "after",
      examples(["npx pocketreply report --run runs/mine", "one file, opened by any browser, nothing loaded"]),
    )
    .action(async (options: FolderOptions) => {
      const { report } = await import("./report.ts");
      await report(withOverrides(options), openSession(options));
    });

  withRecipe(
    verb(
      "judge",
      "have a judge check every reply of an evaluated run: judge.json",
      "Have a judge check every reply of an evaluated run against six questions with evidence: send-ready,\nneeds-fill or not-usable (judge.json, judged.jsonl). With --against, which of two systems replies better,\neach pair shown in both orders (judge-pairs.json). Answers are kept in judgements.jsonl and never paid twice.",
    ),
  )
    .option("--against <run>", 'compare with another run folder, with "base" (un-tuned) or with "teacher"')
    .option("--dry-run", "only count the calls and tokens to come")
    .addHelpText(
      "after",
      examples(
        [
          "npx pocketreply judge --run runs/mine evaluate.judge.baseUrl=http://localhost:8080/v1 evaluate.judge.model=my-judge",
          "any OpenAI-compatible endpoint; better not the teacher itself",
        ],
        ["npx pocketreply judge --run runs/mine --against base", "is the tuned model better than the base?"],
        ["npx pocketreply judge --run runs/mine --dry-run", "what it would take"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions & JudgeFlags) => {
      const { judge } = await import("./judge.ts");
      await judge(withOverrides(options, overrides), openSession(options));
    });

  verb(
    "gate",
    "does a run reach what a gates file asks for? exit code 0, 1 or 2",
    "Check a run against a gates file: absolute floors, and differences to a baseline run whose whole 95 % interval\nmust lie above a margin. Exit code 0: all passed; 1: a gate failed; 2: one could not be decided. recipes/gates.yaml\nis an example that explains itself.",
  )
    .addArgument(new Argument("<gates>", "the gates file (YAML)"))
    .requiredOption("--run <folder>", "the run folder")
    .option("--baseline <run>", "the run folder to compare with")
    .option("--junit <file>", "also write the results as JUnit XML")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply gate recipes/gates.yaml --run runs/mine", "floors alone"],
        [
          "npx pocketreply gate gates.yaml --run runs/new --baseline runs/last --junit gates.xml",
          "for a CI system, with the last release beside it",
        ],
      ),
    )
    .action(async (file: string, options: Omit<GateFlags, "file"> & { json?: boolean }) => {
      const { gate } = await import("./gate.ts");
      await gate({ ...options, file }, openSession(options));
    });

  verb(
    "calibrate",
    "how far can the judge be trusted? from labels that people gave",
    "Compare the judge's verdicts with labels that people gave to the same replies: Cohen's kappa, sensitivity and\nspecificity, and the rates that are left when the judge's errors are taken out (calibration.json). The CSV has the columns\nid, label (send-ready, needs-fill, not-usable; with a criterion: pass, fail) and, if wanted, criterion.",
  )
    .addArgument(new Argument("<labels>", "the labels (CSV)"))
    .requiredOption("--run <folder>", "the run folder, judged before")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        "npx pocketreply calibrate labels.csv --run runs/mine",
        "150 to 200 replies, drawn at random, tell enough",
      ]),
    )
    .action(async (labels: string, options: Omit<CalibrateFlags, "labels"> & { json?: boolean }) => {
      const { calibrate } = await import("./calibrate.ts");
      await calibrate({ ...options, labels }, openSession(options));
    });

  verb(
    "compare",
    "two evaluated runs on the same mails: which one is better, and is it chance?",
    "Compare two evaluated runs mail by mail: paired tests, intervals over threads, what changed most.\nThe second run is the new one: a difference above 0 speaks for it.",
  )
    .addArgument(new Argument("<run-a>", "the run folder to compare with"))
    .addArgument(new Argument("<run-b>", "the run folder that is judged"))
    .option("--intersect", "compare the mails that both have, where they were not evaluated on the same ones")
    .option("--report <file>", "the comparison as one HTML file")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply compare runs/old runs/new", "is the new run better?"],
        ["npx pocketreply compare runs/old runs/new --report compare.html", "with the replies side by side"],
      ),
    )
    .action(async (runA: string, runB: string, options: CompareFlags & { json?: boolean }) => {
      const { compare } = await import("./compare.ts");
      await compare({ ...options, runA, runB }, openSession(options));
    });

  withRecipe(verb("export", "write the fine-tuned model for other programs: export/"))
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply export --run runs/mine", "PEFT adapter, merged safetensors, GGUF"],
        ["npx pocketreply export --run runs/mine 'export.formats=[gguf-q8_0]'", "one format alone"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions) => {
      const { exportRun } = await import("./export.ts");
      await exportRun(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(
    verb("reply", "answer one mail with an exported model")
      .addArgument(new Argument("[file]", "a mail (.eml) or plain text; - or nothing reads standard input"))
      .addOption(modelOption())
      .addOption(new Option("--max-tokens <n>", "longest reply (default: evaluate.maxReplyTokens)").argParser(positive))
      .addOption(
        new Option("--temperature <t>", "0 always picks the likeliest word (default: evaluate.temperature)").argParser(
          notNegative,
        ),
      ),
    quickstartFolder,
    undefined,
    { positional: false },
  )
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply reply mail.eml", "with the model of runs/quickstart"],
        ["npx pocketreply reply - --run runs/mine < mail.eml", "from standard input"],
        ["npx pocketreply reply mail.eml --json", "reply, tokens and timings"],
      ),
    )
    .action(async (file: string | undefined, options: FolderOptions & ReplyOptions) => {
      const { reply } = await import("./reply.ts");
      await reply({ ...withOverrides(options), file }, openSession(options));
    });

  withRecipe(
    verb("serve", "answer over HTTP on this machine: /v1/chat/completions, /health")
      .addOption(modelOption())
      .addOption(new Option("--port <n>", "port on 127.0.0.1; 0 picks a free one").default(8642).argParser(portNumber)),
    quickstartFolder,
    undefined,
    { positional: false },
  )
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply serve --run runs/mine", "until Ctrl-C"],
        [
          `curl http://127.0.0.1:8642/v1/chat/completions -H 'content-type: application/json' -d '{"messages":[{"role":"user","content":"Subject: Lunch?\\n\\nAre you free on Friday?"}]}'`,
          'the OpenAI shape; add "stream": true for a stream',
        ],
      ),
    )
    .action(async (options: FolderOptions & ServeOptions) => {
      const { serve } = await import("./serve.ts");
      await serve(withOverrides(options), openSession(options));
    });

  verb(
    "bench",
    "put a model to the reply bench: 19 checks without a judge, over mails written by hand",
    "Have a model answer the hand-written mails of the reply bench, once, and check each reply without a judge:\nform, grounding, commitments, addressee, questions answered, language, tone, leaks, hidden orders obeyed.\nbench.json names the offending text of every failure.",
  )
    .option("--run <folder>", "the exported model of this run folder; output goes to its bench/")
    .addOption(new Option("--model <file>", "a GGUF file that pocketreply export wrote").conflicts(["endpoint"]))
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
    .option("--out <folder>", "where answers.jsonl and bench.json go (default: the run's bench/, or bench-<model>)")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply bench --run runs/mine", "the run's model; scored again, nothing is generated again"],
        ["npx pocketreply bench --model model-q8_0.gguf --slice lang=de", "one file, German mails only"],
        [
          "npx pocketreply bench --endpoint http://localhost:8080/v1 --name my-model --json",
          "a model served elsewhere",
        ],
      ),
    )
    .action(async (options: BenchFlags & { json?: boolean }) => {
      const { bench } = await import("./bench.ts");
      await bench(options, openSession(options));
    });

  verb(
    "score",
    "BLEU, chrF, ROUGE, BERTScore of any two text files, with their signatures",
    'BLEU, chrF and TER of any two text files as sacreBLEU 2.6 computes them, ROUGE, and BERTScore as\nbert_score 0.3.13 does, each with its signature. A file holds a segment a line; a .jsonl file holds rows such as {"text": "…"}.',
  )
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
    .option("--fast-tokenizer", "RoBERTa without the space before the first word, as bert_score's option of this name")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
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
      ),
    )
    .action(async (options: ScoreFlags & { json?: boolean }) => {
      const { score } = await import("./score.ts");
      await score(options, openSession(options));
    });

  withRecipe(verb("recipe", "print every number that a run would use, and where it came from"), undefined, undefined, {
    quiet: false,
  })
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply recipe --recipe paper", "the paper's numbers"],
        ["npx pocketreply recipe --run runs/mine", "what made a run folder"],
        ["npx pocketreply recipe --recipe pocket train.epochs=5 > mine.yaml", "the start of a recipe of your own"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions) => {
      const { printRecipe } = await import("./recipe.ts");
      await printRecipe(withOverrides(options, overrides), openSession(options));
    });

  for (const each of [program, ...program.commands]) each.exitOverride();
  return program;
}

/** The options with positional overrides behind those of --set. */
function withOverrides<T extends CommonOptions>(
  options: T,
  overrides: readonly string[] = [],
): T & { set: readonly string[] } {
  return { ...options, set: [...(options.set ?? []), ...overrides] };
}

function capitalize(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, ".");
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { version: string }).version;
}
