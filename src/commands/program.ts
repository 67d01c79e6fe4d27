/**
 * The command line: the verbs in their order, and how one is run. What a verb is called, takes and shows in its help stands in
 * verbs/; what it does is in the file of its name here and is loaded only when it runs, so that --help and --version answer at once.
 */

import { Command } from "commander";
import type { ProgressStream } from "../progress.ts";
import { packageVersion } from "../shipped.ts";
import type { CommonOptions, Session } from "./session.ts";
import { benchVerb } from "./verbs/bench.ts";
import { calibrateVerb } from "./verbs/calibrate.ts";
import { clientsVerb } from "./verbs/clients.ts";
import { compareVerb } from "./verbs/compare.ts";
import { datasetVerb } from "./verbs/dataset.ts";
import { distillVerb } from "./verbs/distill.ts";
import { evaluateVerb } from "./verbs/evaluate.ts";
import { exportVerb } from "./verbs/export.ts";
import { gateVerb } from "./verbs/gate.ts";
import { importVerb } from "./verbs/import.ts";
import { improveVerb } from "./verbs/improve.ts";
import { inboxVerb } from "./verbs/inbox.ts";
import { inspectVerb } from "./verbs/inspect.ts";
import { jobVerb } from "./verbs/job.ts";
import { judgeVerb } from "./verbs/judge.ts";
import { personaliseVerb } from "./verbs/personalise.ts";
import { planVerb } from "./verbs/plan.ts";
import { pushVerb } from "./verbs/push.ts";
import { quickstartVerb } from "./verbs/quickstart.ts";
import { recipeVerb } from "./verbs/recipe.ts";
import { redactVerb } from "./verbs/redact.ts";
import { rehearseVerb } from "./verbs/rehearse.ts";
import { replyVerb } from "./verbs/reply.ts";
import { reportVerb } from "./verbs/report.ts";
import { responsesVerb } from "./verbs/responses.ts";
import { runVerb } from "./verbs/run.ts";
import { scoreVerb } from "./verbs/score.ts";
import { serveVerb } from "./verbs/serve.ts";
import { trainVerb } from "./verbs/train.ts";
import { afterHelp, type Example, type Verb } from "./verbs/verb.ts";
import { viewVerb } from "./verbs/view.ts";

/** Makes the session of one verb from its options. */
export type OpenSession = (options: { json?: boolean; quiet?: boolean }) => Session;

/** Every verb, in the order of the help. */
const verbs: readonly Verb<never>[] = [
  quickstartVerb,
  runVerb,
  importVerb,
  redactVerb,
  planVerb,
  rehearseVerb,
  distillVerb,
  viewVerb,
  datasetVerb,
  trainVerb,
  improveVerb,
  jobVerb,
  evaluateVerb,
  reportVerb,
  judgeVerb,
  gateVerb,
  calibrateVerb,
  compareVerb,
  exportVerb,
  inspectVerb,
  pushVerb,
  personaliseVerb,
  replyVerb,
  responsesVerb,
  serveVerb,
  inboxVerb,
  clientsVerb,
  benchVerb,
  scoreVerb,
  recipeVerb,
];

const rootExamples: readonly Example[] = [
  ["npx pocketreply quickstart", "everything once, on a sample mailbox, in a few minutes"],
  ["npx pocketreply run --mail mail.mbox.gz --run runs/mine", "the same on your own mail"],
  ["npx pocketreply reply mail.eml --run runs/mine", "answer one mail with the result"],
];
const rootAfterword =
  "Stages exchange files in a run folder: import → distill → train → evaluate → export → reply, serve. Each does nothing when its output is complete, and goes on where it was cut.";

/** The streams of the command line. */
interface Streams {
  readonly stdout: { readonly columns?: number; write(text: string): unknown };
  readonly stderr: ProgressStream;
}

/** ours: commander leaves a column narrower than 40 unbroken, which a window of 60 breaks in the middle of words. */
const NARROWEST_HELP = 12;

/** Columns of help: as many as the window has, within reason; 100 where there is none, which is what the README quotes. */
const helpWidth = ({ columns = 100 }: { readonly columns?: number }) => Math.max(40, Math.min(columns, 100));

/** The whole command line, its help laid out for the window that shows it. */
export function createProgram(openSession: OpenSession, { stdout, stderr }: Streams): Command {
  const program = new Command("pocketreply")
    .description("Turn mail and a big teacher model into a small reply model that runs on a phone.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help; `pocketreply help VERB` explains a verb with examples")
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => helpWidth(stdout),
      getErrHelpWidth: () => helpWidth(stderr),
    })
    .configureHelp({ subcommandTerm: (verb) => verb.name(), minWidthToWrap: NARROWEST_HELP })
    .usage("<verb> [options]")
    .showHelpAfterError("(pocketreply --help lists the verbs, pocketreply help VERB explains one)")
    .addHelpText("after", ({ error }) => afterHelp(helpWidth(error ? stderr : stdout), rootExamples, rootAfterword));
  for (const verb of verbs) addVerb(program, verb, openSession, { stdout, stderr });
  for (const each of [program, ...program.commands]) each.exitOverride();
  return program;
}

function addVerb(program: Command, verb: Verb<never>, openSession: OpenSession, { stdout, stderr }: Streams): void {
  const { name, summary, description = summary, afterword } = verb;
  const command = program
    .command(name)
    .summary(summary)
    .description(capitalize(description))
    .helpOption("-h, --help", "show this help");
  verb
    .declare(command)
    .addHelpText("after", ({ error }) => afterHelp(helpWidth(error ? stderr : stdout), verb.examples, afterword))
    .action(async () => {
      const options = typedOptions(command);
      const refusal = verb.refuse?.(options as never); // commander has read them as the verb declares them
      if (refusal !== undefined) command.error(`error: ${refusal}`);
      await verb.run(options as never, openSession(options));
    });
}

/** The options as they were typed; arguments stand among them under their own names, recipe overrides behind those of --set. */
function typedOptions(command: Command): CommonOptions {
  const { "key=value": overrides, ...positional } = Object.fromEntries(
    command.registeredArguments.map((argument, i) => [argument.name(), command.processedArgs[i]]),
  );
  const options = command.opts<Partial<CommonOptions>>();
  return { ...options, ...positional, set: [...(options.set ?? []), ...(overrides ?? [])] };
}

function capitalize(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, ".");
}
