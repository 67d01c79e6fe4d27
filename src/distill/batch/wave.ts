/**
 * A wave: every mail whose next step is a call, written to request files. One pass over the mails in constant memory; which
 * mails take part follows from the journal and the stop rules alone.
 */
import { randomUUID } from "node:crypto";
import type { Price, SentEmail, TeacherRequest } from "../../endpoint/index.ts";
import { type DroppableParameter, mostCostUsd, requestBody } from "../../endpoint/index.ts";
import type { Email } from "../../mail/index.ts";
import type { CallKind } from "../../prompts/index.ts";
import type { Recipe } from "../../recipe.ts";
import { buildRequest, type CallOptions, type CallStep } from "../call.ts";
import type { Journal } from "../journal.ts";
import type { AttemptRow } from "../journal-rows.ts";
import { readRows } from "../loop.ts";
import type { Reviews } from "../reviews.ts";
import { nextStep, type Step, type StepRules } from "../steps.ts";
import { customIdOf, encodeRequest, openRequestFile, type RequestFile } from "./request-file.ts";
import type { BatchEntry, BatchRole, BatchStore } from "./store.ts";

/** What decides what a wave holds. */
export interface WaveOptions {
  readonly emails: () => AsyncIterable<Email>;
  readonly send: (email: Email) => SentEmail;
  /** What a person decided: no call is made for such a mail. */
  readonly reviews: Reviews;
  readonly journal: Journal;
  readonly call: CallOptions;
  readonly rules: StepRules;
  /** At the batch API's share. */
  readonly prices: Readonly<Record<CallKind, Price | null>>;
  readonly accept: number | null;
  readonly budgetUsd: number | null;
  readonly limits: FileLimits & Pick<Recipe["distill"], "failuresInARow" | "unusableInARow">;
  readonly store: BatchStore;
  /** Which endpoint takes a call. */
  readonly roleOf: (kind: CallKind) => BatchRole;
}

/** How large a request file may become. */
export interface FileLimits {
  readonly requestsPerFile: number;
  readonly bytesPerFile: number;
}

/** What a wave holds, and where all mails stand. */
export interface Wave {
  /** Not yet in the state. */
  readonly entries: readonly BatchEntry[];
  readonly accepted: number;
  readonly rejected: number;
  /** Mails with a request in this wave. */
  readonly requests: number;
  /** Mails whose next call the budget does not pay for certain. */
  readonly unaffordable: number;
}

/** Writes the request files of the next wave. Files of a wave that fails or is stopped on the way are of no consequence: the state does not name them. */
export async function writeWave(options: WaveOptions, wave: number): Promise<Wave> {
  const { emails, send, reviews, accept, call } = options;
  const money = options.budgetUsd === null ? null : await weighBudget(options, options.budgetUsd);
  const writer = openWriter(options, wave);
  const counts = { accepted: 0, rejected: 0, requests: 0, unaffordable: 0 };
  for await (const email of emails()) {
    if (accept !== null && counts.accepted + counts.requests + counts.unaffordable >= accept) break;
    const decided = reviews.find(email);
    if (decided) {
      counts[decided.decision === "accept" ? "accepted" : "rejected"]++;
      continue;
    }
    const { step, rows, sent } = await look(send(email), options);
    if (step.step === "accept") counts.accepted++;
    else if (step.step === "reject") counts.rejected++;
    else {
      const request = buildRequest(step, email.id, call);
      if (money && !money.take(step, request, rows)) counts.unaffordable++;
      else {
        await writer.add(step.data.kind, customIdOf(step, sent, rows), request);
        counts.requests++;
      }
    }
  }
  return { ...counts, entries: await writer.close() };
}

/** Where a mail stands. */
async function look(
  sent: SentEmail,
  { journal, call, rules }: WaveOptions,
): Promise<{ sent: SentEmail; rows: AttemptRow[]; step: Step }> {
  const rows = await readRows({ journal, sent, models: call.models, style: call.style });
  return { sent, rows, step: nextStep(sent.text, rows, rules) };
}

/** ours: the calls of a fresh mail until its first judgement, as multiples of the most that its first call can cost. */
const FIRST_ROUND_CALLS = 3;

/**
 * What the budget still pays for. Calls of mails that are begun come first; a fresh mail is begun only while its whole way, as
 * the decided ones went it, can be paid too. As no call is in flight when a wave begins, nothing else is set aside.
 */
async function weighBudget(options: WaveOptions, budgetUsd: number) {
  const { emails, send, reviews, journal, prices, call } = options;
  const spentUsd = journal.totals.costUsd + journal.totals.lostUsd;
  const most = (step: CallStep, request: TeacherRequest) => {
    const price = prices[step.data.kind];
    return price ? mostCostUsd(request, price) : 0;
  };
  let begunUsd = 0; // the most that the next calls of all begun mails cost
  let decided = 0;
  for await (const email of emails()) {
    if (reviews.find(email)) continue;
    const { step, rows } = await look(send(email), options);
    if (rows.length === 0) continue;
    if (step.step === "call") begunUsd += most(step, buildRequest(step, email.id, call));
    else decided++;
  }
  const meanUsd = decided > 0 ? spentUsd / decided : null;
  let begunTakenUsd = 0;
  let freshTakenUsd = 0;
  return {
    /** Sets the call's money aside; false where it does not fit. */
    take(step: CallStep, request: TeacherRequest, rows: readonly AttemptRow[]): boolean {
      const usd = most(step, request);
      if (rows.length > 0) {
        if (spentUsd + begunTakenUsd + freshTakenUsd + usd > budgetUsd + ROUNDING_USD) return false;
        begunTakenUsd += usd;
        return true;
      }
      const wholeUsd = Math.max(usd, meanUsd ?? usd * FIRST_ROUND_CALLS);
      const setAside = Math.max(begunUsd, begunTakenUsd);
      if (spentUsd + setAside + freshTakenUsd + wholeUsd > budgetUsd + ROUNDING_USD) return false;
      freshTakenUsd += wholeUsd;
      return true;
    },
  };
}

/** Sums of thousands of small amounts drift by less than this. */
const ROUNDING_USD = 1e-9;

/** Request files by endpoint, each closed when one more request would pass a limit. */
function openWriter({ limits, store, call, roleOf }: WaveOptions, wave: number) {
  const open = new Map<BatchRole, { name: string; file: RequestFile }>();
  const entries: BatchEntry[] = [];

  async function closeFile(role: BatchRole): Promise<void> {
    const { name, file } = open.get(role)!;
    open.delete(role);
    const sha256 = await file.close();
    const { requests, sizeBytes, promptTokens } = file;
    const dropped = [...store.state.dropped[role]];
    const about = { key: name, file: name, role, wave, requests, sizeBytes, sha256, promptTokens, dropped };
    const writtenAt = new Date().toISOString();
    entries.push({ ...about, writtenAt, phase: "written", fileId: null, batchId: null, submittedAt: null });
  }

  function isFull(file: RequestFile, line: Buffer, promptTokens: number, role: BatchRole): boolean {
    const queue = store.state.queue[role].current ?? Number.POSITIVE_INFINITY;
    return (
      file.requests + 1 > limits.requestsPerFile ||
      file.sizeBytes + line.length > limits.bytesPerFile ||
      file.promptTokens + promptTokens > queue
    );
  }

  return {
    async add(kind: CallKind, customId: string, request: TeacherRequest): Promise<void> {
      const role = roleOf(kind);
      const dropped: ReadonlySet<DroppableParameter> = new Set(store.state.dropped[role]);
      const line = encodeRequest(customId, requestBody(call.models[kind], request, dropped, call.wires[kind]));
      const promptTokens = estimateTokens(request);
      const current = open.get(role);
      if (current && isFull(current.file, line, promptTokens, role)) await closeFile(role);
      if (!open.has(role)) {
        const name = randomUUID();
        open.set(role, { name, file: await openRequestFile(store.files({ file: name }).requests) });
      }
      await open.get(role)!.file.add(line, promptTokens);
    },
    async close(): Promise<BatchEntry[]> {
      for (const role of [...open.keys()]) await closeFile(role);
      return entries;
    },
  };
}

/** OpenAI's rule of thumb: four characters a token. */
function estimateTokens({ messages, schema }: TeacherRequest): number {
  const schemaLength = schema ? JSON.stringify(schema.schema).length : 0;
  return Math.ceil(messages.reduce((sum, { content }) => sum + content.length, schemaLength) / 4);
}
