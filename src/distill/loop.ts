/**
 * The loop: many mails open at once, each taken through its steps, every call in the journal before the next step is
 * chosen. Ends when every mail is accepted or rejected, or with the one error that stops the run.
 */
import { UserError } from "../errors.ts";
import { type Email, renderEmail } from "../mail/index.ts";
import { type CallOptions, makeCall } from "./call.ts";
import type { TeacherClient } from "./client.ts";
import { digest } from "./data-block.ts";
import type { AttemptRow, Journal } from "./journal.ts";
import { type CallKind, promptVersion } from "./prompts.ts";
import { createSemaphore } from "./semaphore.ts";
import { nextStep, type Step, type StepRules } from "./steps.ts";

/** Mails open for each request in flight: enough that mails waiting for a retry leave no place empty. */
const OPEN_MAILS_PER_REQUEST = 4;
/** So many failures in a row, on different mails and with no success between, are the endpoint's fault and not the mails'. */
const FAILURES_IN_A_ROW = 5;

/** What happened to a mail: work on it began, a call was journalled, it reached an end, or it was put off. */
export type LoopEvent = "open" | "call" | "accept" | "reject" | "defer";

/** What the loop needs to know of its run. */
export interface LoopOptions {
  readonly emails: AsyncIterable<Email>;
  readonly journal: Journal;
  /** By kind of call; teacher and judge may be one client. */
  readonly clients: Readonly<Record<CallKind, TeacherClient>>;
  readonly call: CallOptions;
  readonly rules: StepRules;
  readonly concurrency: number;
  /** Aborted here when the run must end: no new request, no more waiting. Its owner may abort it too. */
  readonly stop: AbortController;
  readonly onStep?: (event: LoopEvent) => void;
}

/** Takes every mail to its end. Throws the error that stopped the run, after the calls in flight have been journalled. */
export async function runLoop(options: LoopOptions): Promise<void> {
  const doubts = new Map<TeacherClient, Doubts>();
  for (const kind of ["generate", "judge"] as const) {
    const client = options.clients[kind];
    const workedBefore = options.journal.totals.okCalls[kind] > 0;
    if (!doubts.has(client)) doubts.set(client, createDoubts({ journal: options.journal, client, workedBefore }));
  }
  let emails: AsyncIterable<Email> | Iterable<Email> = options.emails;
  for (;;) {
    const deferred = await runPass(emails, options, doubts);
    if (deferred.length === 0) return;
    for (const doubt of doubts.values()) await doubt.endPass(deferred.length);
    emails = deferred;
  }
}

/** Works on all `emails`; returns those to try again later. */
async function runPass(
  emails: AsyncIterable<Email> | Iterable<Email>,
  options: LoopOptions,
  doubts: ReadonlyMap<TeacherClient, Doubts>,
): Promise<Email[]> {
  const { concurrency, stop } = options;
  const deferred: Email[] = [];
  const open = createSemaphore(concurrency * OPEN_MAILS_PER_REQUEST);
  const running = new Set<Promise<void>>();
  const fail = (error: unknown) => stop.abort(error); // the first error is the one that counts
  try {
    for await (const email of emails) {
      const leave = await open.acquire(stop.signal);
      const work = finishMail(email, options, doubts)
        .then((done) => void (done || deferred.push(email)), fail)
        .finally(() => {
          running.delete(work);
          leave();
        });
      running.add(work);
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(running);
  stop.signal.throwIfAborted();
  return deferred;
}

/** Takes one mail through its steps; false where it must be tried again later. */
async function finishMail(
  email: Email,
  options: LoopOptions,
  doubts: ReadonlyMap<TeacherClient, Doubts>,
): Promise<boolean> {
  const { journal, clients, call, rules, stop, onStep } = options;
  const text = renderEmail(email);
  const emailDigest = digest(text);
  const rows = await readRows({ journal, email, models: call.models });
  onStep?.("open");
  for (;;) {
    stop.signal.throwIfAborted();
    const step = nextStep(text, rows, rules);
    if (step.step !== "call") {
      onStep?.(step.step);
      return true;
    }
    const client = clients[step.data.kind];
    const doubt = doubts.get(client)!;
    const began = doubt.begin();
    const row = await makeCall({ step, emailId: email.id, emailDigest, client, call });
    const journalled = await doubt.settle(row, began);
    if (!journalled) {
      onStep?.("defer");
      return false;
    }
    rows.push(row);
    onStep?.("call");
  }
}

/** The rows that count for a mail: those made of its present text, with these prompts and models. */
export async function readRows(options: {
  journal: Journal;
  email: Email;
  models: Readonly<Record<CallKind, string>>;
}): Promise<AttemptRow[]> {
  const { journal, email, models } = options;
  const rows = await journal.read(email.id);
  if (rows.length === 0) return rows;
  const emailDigest = digest(renderEmail(email));
  return rows.filter(
    (row) =>
      row.emailDigest === emailDigest &&
      row.promptVersion === promptVersion(row.kind) &&
      row.model === models[row.kind],
  );
}

/** Where a mail stands, from the journal alone. */
export async function readStep(options: {
  journal: Journal;
  email: Email;
  models: Readonly<Record<CallKind, string>>;
  rules: StepRules;
}): Promise<Step> {
  return nextStep(renderEmail(options.email), await readRows(options), options.rules);
}

/** Decides whether a failure may be held against a mail. */
interface Doubts {
  /** A mark for the call that begins now. */
  begin(): number;
  /** Journals the row, or keeps it back (false) until a call that began later proves that the endpoint works. Throws UserError once too many wait. */
  settle(row: AttemptRow, began: number): Promise<boolean>;
  /** Called when nothing is left but mails to try again. Throws UserError where that would be of no use. */
  endPass(unfinished: number): Promise<void>;
}

/** A failure counts against its mail only if the endpoint is known to work: else an outage would reject good mails. */
function createDoubts(options: { journal: Journal; client: TeacherClient; workedBefore: boolean }): Doubts {
  const { journal, client, workedBefore } = options;
  let clock = 0; // ticks with every beginning and every failure
  let held: { row: AttemptRow; failed: number }[] = [];

  async function release(isProven: (entry: { row: AttemptRow; failed: number }) => boolean): Promise<void> {
    const proven = held.filter(isProven);
    held = held.filter((entry) => !isProven(entry));
    for (const { row } of proven) await journal.append(row);
  }

  return {
    begin: () => ++clock,
    async settle(row, began) {
      const answered = row.outcome === "ok" || row.outcome === "defect";
      if (answered || (row.outcome === "refused" && (client.worked || workedBefore))) {
        await journal.append(row);
        if (answered && held.length > 0) await release(({ failed }) => failed < began);
        return true;
      }
      held.push({ row, failed: ++clock });
      if (held.length >= FAILURES_IN_A_ROW) throw explainOutage(row, held.length);
      return false;
    },
    async endPass(unfinished) {
      const last = held.at(-1)?.row;
      await release(({ row }) => row.outcome === "unanswered");
      held = [];
      if (last && !client.worked) throw explainOutage(last, unfinished);
    },
  };
}

function explainOutage(row: AttemptRow, mails: number): UserError {
  const who = row.kind === "judge" ? "judge" : "teacher";
  const what = row.outcome === "refused" ? `turned down the first ${mails} mails` : `failed on ${mails} mails in a row`;
  return new UserError(
    `The ${who} "${row.model}" ${what}; the last one: ${row.error}. ` +
      `${row.outcome === "refused" ? `Check ${who}.baseUrl and ${who}.model, and that the endpoint takes chat completions.` : "Wait until it works again."} ` +
      "Everything so far is kept: run the same command again and it goes on where it stopped, without paying twice.",
  );
}
