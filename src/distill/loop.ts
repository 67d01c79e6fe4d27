/**
 * The loop: many mails open at once, each taken through its steps, every call in the journal before the next step is
 * chosen. Ends when every mail is accepted or rejected, when a stop rule is met, or with the one error that stops the run.
 */

import type { SentEmail, TeacherClient } from "../endpoint/index.ts";
import { BudgetSpent, inPasses, LATER, TeacherError } from "../endpoint/index.ts";
import type { Email } from "../mail/index.ts";
import {
  type CallKind,
  HARMLESS_MAIL,
  HARMLESS_REPLY,
  type PromptData,
  type PromptStyle,
  promptVersion,
} from "../prompts/index.ts";
import { type CallMoney, type CallOptions, makeCall } from "./call.ts";
import { createDoubts, type Doubts } from "./doubts.ts";
import type { Journal } from "./journal.ts";
import type { AttemptRow } from "./journal-rows.ts";
import type { Reviews } from "./reviews.ts";
import { nextStep, type Step, type StepRules } from "./steps.ts";
import { createOpening, type MailEnd, type Opening, StopRuleMet } from "./stop-rules.ts";

/** What happened to a mail: work on it began, a call was journalled, it reached an end, or it was put off. */
export type LoopEvent = "open" | "call" | "accept" | "reject" | "defer";

/** What the loop needs to know of its run. */
export interface LoopOptions {
  readonly emails: AsyncIterable<Email>;
  /** The mail as it is sent to the endpoints. */
  readonly send: (email: Email) => SentEmail;
  /** What a person decided: no call is made for such a mail. */
  readonly reviews: Reviews;
  readonly journal: Journal;
  /** By kind of call; teacher and judge may be one client. */
  readonly clients: Readonly<Record<CallKind, TeacherClient>>;
  readonly call: CallOptions;
  readonly money: CallMoney;
  readonly rules: StepRules;
  /** Stop when exactly so many are accepted, the first in the order of `emails`; null for all. */
  readonly accept: number | null;
  readonly concurrency: number;
  /** Mails open for each request in flight. */
  readonly openPerRequest: number;
  readonly failuresInARow: number;
  readonly unusableInARow: number;
  /** Where each kind of call goes, for messages. */
  readonly addresses: Readonly<Record<"teacher" | "judge", string>>;
  /** Aborted here when the run must end: no new request, no more waiting. Its owner may abort it too; a StopRuleMet as reason ends the run without error. */
  readonly stop: AbortController;
  readonly onStep?: (event: LoopEvent) => void;
}

/**
 * Takes every mail to its end, or stops by rule: then returns why. Throws the error that stopped the run. In each case the
 * calls in flight have been journalled.
 */
export async function runLoop(options: LoopOptions): Promise<StopRuleMet | null> {
  const { journal, clients, stop } = options;
  const doubts = new Map<TeacherClient, Doubts>();
  for (const kind of ["generate", "judge"] as const) {
    const client = clients[kind];
    if (doubts.has(client)) continue;
    const role = kind === "judge" ? "judge" : "teacher";
    const shared = { journal, client, role, workedBefore: journal.totals.okCalls[kind] > 0 } as const;
    const test = () => testEndpoint(kind, options).catch((error) => Promise.reject(endsRun(error)));
    const address = { baseUrl: options.addresses[role], model: options.call.models[kind] };
    doubts.set(client, createDoubts({ ...options, ...shared, ...address, test }));
  }
  const opening = createOpening(options);
  const fresh = options.emails[Symbol.asyncIterator]();
  let running = 0;

  async function work(email: Email): Promise<MailEnd | typeof LATER> {
    running++;
    try {
      const { end, calls } = await finishMail(email, options, doubts);
      opening.close(end, calls > 0);
      return end === "deferred" ? LATER : end;
    } catch (error) {
      throw endsRun(error);
    } finally {
      running--;
      opening.changed();
    }
  }

  const endPass = async () => {
    for (const doubt of doubts.values()) await doubt.endPass();
  };
  const places = options.concurrency * options.openPerRequest;
  try {
    const items = wantedMails(fresh, opening, () => running);
    for await (const _ of inPasses({ items, places, stop, work, endPass }));
    return null;
  } catch (error) {
    if (stop.signal.reason instanceof StopRuleMet) return stop.signal.reason;
    throw error;
  } finally {
    for (const doubt of doubts.values()) await doubt.flush();
    await fresh.return?.();
  }
}

/** A spent budget ends the run by rule; every other error as it is. */
function endsRun(error: unknown): unknown {
  return error instanceof BudgetSpent ? new StopRuleMet("budgetUsd", error.message) : error;
}

/** One harmless call of a kind: it shows whether an endpoint from which only failures come still works. Throws TeacherError where it fails too. */
async function testEndpoint(kind: "generate" | "judge", options: LoopOptions): Promise<void> {
  const { journal, clients, call, money, stop } = options;
  const email = HARMLESS_MAIL;
  const data: PromptData = kind === "judge" ? { kind, email, reply: HARMLESS_REPLY } : { kind, email };
  const row = await makeCall({
    step: { step: "call", data, round: 0, repeat: 0 },
    emailId: `endpoint-test-${Date.now()}`, // of no mail, and never twice the same
    emailDigest: "",
    ...{ client: clients[kind], call, money, stop: stop.signal, checkReply: () => null, isUrgent: true },
  });
  if (row.costUsd) await journal.appendLost(row.costUsd); // paid for, and no row of any mail
  if (row.outcome === "refused" || row.outcome === "unanswered")
    throw new TeacherError(row.error ?? row.outcome, { status: null, retryable: row.outcome === "unanswered" });
}

/** The mails that are wanted, each opened; asked again after its end, there may be more. */
function wantedMails(fresh: AsyncIterator<Email>, opening: Opening, running: () => number): AsyncIterable<Email> {
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const next = (await opening.wanted(running)) ? await fresh.next() : null;
        if (next === null || next.done) return { done: true, value: undefined };
        opening.open();
        return next;
      },
    }),
  };
}

/** Takes one mail through its steps; "deferred" where it must be tried again later. */
async function finishMail(
  email: Email,
  options: LoopOptions,
  doubts: ReadonlyMap<TeacherClient, Doubts>,
): Promise<{ end: MailEnd; calls: number }> {
  const { journal, clients, call, money, rules, stop, send, reviews, onStep } = options;
  const decided = reviews.find(email);
  if (decided) {
    onStep?.("open");
    onStep?.(decided.decision);
    return { end: decided.decision, calls: 0 };
  }
  const sent = send(email);
  const rows = await readRows({ journal, sent, models: call.models, style: call.style });
  onStep?.("open");
  for (let calls = 0; ; calls++) {
    stop.signal.throwIfAborted();
    const step = nextStep(sent.text, rows, rules);
    if (step.step !== "call") {
      onStep?.(step.step);
      return { end: step.step, calls };
    }
    const client = clients[step.data.kind];
    const doubt = doubts.get(client)!;
    const began = await doubt.begin();
    const { id: emailId, digest: emailDigest, checkReply } = sent;
    const row = await makeCall({ step, emailId, emailDigest, client, call, money, stop: stop.signal, checkReply });
    if (!(await doubt.settle(row, began))) {
      onStep?.("defer");
      return { end: "deferred", calls };
    }
    rows.push(row);
    onStep?.("call");
  }
}

/** What decides which rows of a journal count for a mail. */
export interface RowFilter {
  readonly journal: Journal;
  readonly sent: SentEmail;
  readonly models: Readonly<Record<CallKind, string>>;
  readonly style: PromptStyle;
}

/** The rows that count for a mail: those made of its present text, with these prompts and models. */
export async function readRows({ journal, sent, models, style }: RowFilter): Promise<AttemptRow[]> {
  return countingRows(await journal.read(sent.id), { sent, models, style });
}

/** Of the rows of a mail those that count. */
export function countingRows(
  rows: readonly AttemptRow[],
  { sent, models, style }: Omit<RowFilter, "journal">,
): AttemptRow[] {
  return rows.filter(
    (row) =>
      row.emailDigest === sent.digest &&
      row.promptVersion === promptVersion(row.kind, style) &&
      row.model === models[row.kind],
  );
}

/** Where a mail stands, from the journal alone. */
export async function readStep(options: RowFilter & { rules: StepRules }): Promise<Step> {
  return nextStep(options.sent.text, await readRows(options), options.rules);
}
