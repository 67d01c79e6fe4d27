/**
 * The command line as data: every verb, its options and the help that teaches it. What a verb does lives in the file of its
 * name and is loaded only when it runs, so that --help and --version answer at once.
 */
import { readFileSync } from "node:fs";
import { Argument, Command, Option } from "commander";
import { packagePath } from "./folder.ts";
import {
  collect,
  examples,
  jsonOption,
  mailOption,
  metricNames,
  modelOption,
  notNegative,
  portNumber,
  positive,
  type ReplyOptions,
  type ScoreFlags,
  type ServeOptions,
  withRecipe,
} from "./options.ts";
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

  withRecipe(verb("import", "read mail into the run folder: emails.jsonl"))
    .addOption(mailOption().makeOptionMandatory())
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply import --mail mail.mbox.gz --run runs/mine", "what was skipped, and why, is in import.json"],
        ["npx pocketreply import --mail rows.jsonl --run runs/mine import.fields.body=text", "a field of another name"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions & { mail: string }) => {
      const { importMailbox } = await import("./import.ts");
      await importMailbox(withOverrides(options, overrides), openSession(options));
    });

  withRecipe(
    verb(
      "distill",
      "have the teacher write, judge and refine replies: replies.jsonl",
      "Have the teacher write, judge and refine replies: replies.jsonl.\nEvery call is journalled before it counts, so a run that was cut pays for nothing twice.",
    ),
  )
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply distill --run runs/mine", "with the recipe's teacher (built-in by default)"],
        ["npx pocketreply distill --run runs/mine distill.sample=20 distill.concurrency=4", "a small trial"],
        [
          "npx pocketreply distill --run runs/mine teacher.baseUrl=http://localhost:8080/v1 teacher.model=my-model",
          "any OpenAI-compatible endpoint; its key is read from the variable that teacher.apiKeyEnv names",
        ],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions) => {
      const { distill } = await import("./distill.ts");
      await distill(withOverrides(options, overrides), openSession(options));
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
      "Answer the mails of the test split and score the replies against the teacher's, beside controls that\nneed no training: the base as it is, the best constant reply, a copied neighbour, shuffled references.",
    ),
  )
    .addHelpText(
      "after",
      examples(
        ["npx pocketreply evaluate --run runs/mine", "scores with their signatures"],
        ["npx pocketreply evaluate --run runs/mine evaluate.samples=50 --json", "fewer mails, for a machine"],
      ),
    )
    .action(async (overrides: string[], options: FolderOptions) => {
      const { evaluate } = await import("./evaluate.ts");
      await evaluate(withOverrides(options, overrides), openSession(options));
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
    "score",
    "BLEU, chrF, ROUGE of any two text files, with their signatures",
    'BLEU, chrF and TER of any two text files as sacreBLEU 2.6 computes them, and ROUGE, each with its signature.\nA file holds a segment a line; a .jsonl file holds rows such as {"text": "…"}.',
  )
    .requiredOption("--candidates <file>", "what is scored")
    .requiredOption("--references <file>", "what it is compared with; give it again for more references", collect)
    .option("--metrics <names>", "of bleu, chrf, chrf++, ter, rouge (default: all but ter)", metricNames)
    .option("--lowercase", "BLEU and chrF without regard to case")
    .option("--confidence", "95 % intervals by bootstrap, as sacreBLEU draws them")
    .option("--baseline <file>", "another system's texts: is the difference more than chance? (paired bootstrap)")
    .option("--compat", "beside it, BLEU in readings that are not comparable but explain published figures")
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
