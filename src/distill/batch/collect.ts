/**
 * Takes a finished batch in: output and error file are joined with the requests by custom_id, and every answer becomes the
 * journal row that a single call would have made. Taking the same batch in twice journals nothing twice.
 */
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Price, SentEmail } from "../../endpoint/index.ts";
import {
  adviseOnUnusable,
  costUsd,
  type DroppableParameter,
  type EndpointName,
  explainStatus,
  findDroppable,
  mostCostUsd,
  parseCompletion,
  quoteAnswer,
  TeacherError,
} from "../../endpoint/index.ts";
import { UserError } from "../../errors.ts";
import { openForReading, readInto } from "../../formats/index.ts";
import type { Email } from "../../mail/index.ts";
import { type CallKind, callKinds } from "../../prompts/index.ts";
import type { Recipe } from "../../recipe.ts";
import { aboutCall, buildRequest, type CallOptions, type CallStep, readAnswer } from "../call.ts";
import type { Journal } from "../journal.ts";
import { type LinePlace, scanLines } from "../journal-index.ts";
import type { AttemptRow } from "../journal-rows.ts";
import { readRows } from "../loop.ts";
import { nextStep, type StepRules } from "../steps.ts";
import { type AnswerLine, readAnswerLine } from "./answer-lines.ts";
import { customIdOf, emailIdOf } from "./request-file.ts";
import { type BatchEntry, type BatchRole, type LineCounts, noLines } from "./store.ts";

/** What a batch is taken in with. */
export interface CollectOptions {
  readonly entry: BatchEntry;
  readonly endpoint: EndpointName;
  /** Whether the provider worked on all of it: then a request without a line was lost there. */
  readonly completed: boolean;
  /** The files here; null where the batch has none of that kind. */
  readonly files: { readonly requests: string; readonly output: string | null; readonly errors: string | null };
  /** All mails of the run folder, whether in the present sample or not: what was paid for is kept. */
  readonly emails: () => AsyncIterable<Email>;
  readonly send: (email: Email) => SentEmail;
  readonly journal: Journal;
  readonly call: CallOptions;
  readonly rules: StepRules;
  readonly prices: Readonly<Record<CallKind, Price | null>>;
  readonly roleOf: (kind: CallKind) => BatchRole;
  /** From so many refusals, or useless answers, on an endpoint may be at fault. */
  readonly limits: Pick<Recipe["distill"], "failuresInARow" | "unusableInARow">;
}

/** What came of a batch. */
export interface Collected {
  readonly counts: LineCounts;
  /** Rows in the journal that came of it. */
  readonly rows: number;
  /** Parameters that the endpoint turns down: the requests are made again without them. */
  readonly dropped: readonly DroppableParameter[];
  /** The error that concerns the whole run, such as an empty account; thrown by the caller once all is kept. */
  readonly fatal: UserError | null;
  /** In words, the last failure of a request. */
  readonly lastFailure: string | null;
}

/** Journals what a batch brought. */
export async function collectBatch(options: CollectOptions): Promise<Collected> {
  const { entry, files, emails, send, journal, call, rules, roleOf } = options;
  const counts = noLines();
  const asked = await readRequests(files.requests);
  const isKnown = asked.size > 0; // a request file that was deleted here leaves its answers of use
  let works = callKinds.some((kind) => roleOf(kind) === entry.role && journal.totals.okCalls[kind] > 0);
  for (const [file, path] of [files.output, files.errors].entries())
    if (path !== null && (await indexLines({ path, file, asked, isKnown, counts }))) works = true;

  /** Refusals and useless answers, held until it shows whether the endpoint itself is at fault. */
  const doubtful: AttemptRow[] = [];
  const result = { rows: 0, dropped: new Set<DroppableParameter>(), fatal: null as UserError | null };
  let lastFailure: string | null = null;
  const readers = await openAll([files.output, files.errors]);
  try {
    for await (const email of emails()) {
      const request = asked.get(email.id);
      if (!request) continue;
      const sent = send(email);
      const rows = await readRows({ journal, sent, models: call.models, style: call.style });
      const step = nextStep(sent.text, rows, rules);
      if (step.step !== "call" || customIdOf(step, sent, rows) !== request.customId) {
        const row = findJournalled(request.customId, sent, rows); // before a kill, whose counts were not saved
        if (!row) continue;
        counts[row.outcome === "ok" || row.outcome === "defect" ? "answered" : "failed"]++;
        result.rows++;
        asked.delete(email.id);
        continue;
      }
      asked.delete(email.id);
      const line = request.place && (await readPlace(readers[request.file]!, request.place));
      const verdict = judgeLine(line, { ...options, step, sent, works });
      counts[verdict.count]++;
      if (verdict.failure) lastFailure = verdict.failure;
      if (verdict.fatal) result.fatal ??= verdict.fatal;
      if (verdict.drop) result.dropped.add(verdict.drop);
      if (verdict.lostUsd > 0) await journal.appendLost(verdict.lostUsd);
      if (verdict.row && (verdict.row.outcome === "refused" || verdict.row.outcome === "defect"))
        doubtful.push(verdict.row);
      else if (verdict.row) {
        await journal.append(verdict.row);
        result.rows++;
      }
    }
  } finally {
    for (const reader of readers) await reader?.close();
  }
  const usable = result.rows;
  const outage = explainBadBatch({ doubtful, usable, endpoint: options.endpoint, limits: options.limits });
  if (outage === null)
    for (const row of doubtful) {
      await journal.append(row);
      result.rows++;
    }
  else {
    result.fatal ??= outage;
    const paid = doubtful.reduce((sum, row) => sum + (row.costUsd ?? 0), 0);
    if (paid > 0) await journal.appendLost(paid);
  }
  counts.unclaimed += [...asked.values()].filter(({ place }) => place !== null).length;
  await syncFile(journal.path); // the batch's files go next
  return { ...result, counts, lastFailure, dropped: [...result.dropped] };
}

/**
 * The error for an endpoint that turned down more of a batch than it answered, or whose answers were all useless: that is no fault of
 * the mails, which stay open. null where the doubtful rows count against their mails.
 */
function explainBadBatch(options: {
  doubtful: readonly AttemptRow[];
  usable: number;
  endpoint: EndpointName;
  limits: CollectOptions["limits"];
}): UserError | null {
  const { doubtful, usable, endpoint, limits } = options;
  const { role, model, baseUrl } = endpoint;
  const refused = doubtful.filter(({ outcome }) => outcome === "refused");
  const useless = doubtful.filter(({ outcome }) => outcome === "defect");
  const again = "No mail is rejected for it: run the same command again after that and it goes on where it stopped.";
  if (refused.length >= limits.failuresInARow && refused.length > usable + useless.length)
    return new UserError(
      `The ${role} "${model}" at ${baseUrl} turned down ${refused.length} requests of a batch and answered ${usable + useless.length}; the last refusal: ${refused.at(-1)!.error}. If the reason names a limit or a crash, mend that first; else check ${role}.model. ${again}`,
    );
  if (usable > 0 || useless.length < limits.unusableInARow) return null;
  const { kind, error: defect = "", answer = "" } = useless.at(-1)!;
  const maxTokens = kind === "judge" ? "distill.maxJudgeTokens" : "distill.maxReplyTokens";
  return new UserError(
    `None of the ${useless.length} answers of a batch of the ${role} at ${baseUrl} could be used: ${defect}. The last began with: ${quoteAnswer(answer)}. ${adviseOnUnusable({ defect, answer }, { role, maxTokens })} ${again}`,
  );
}

/** A request of the batch, and where its answer stands. */
interface Asked {
  readonly customId: string;
  place: LinePlace | null;
  file: number;
}

/** The requests by mail: a batch has at most one for each. */
async function readRequests(path: string): Promise<Map<string, Asked>> {
  const asked = new Map<string, Asked>();
  if (!existsSync(path)) return asked;
  for await (const { bytes } of scanLines(path)) {
    const customId = String((JSON.parse(bytes.toString("utf8")) as { custom_id: string }).custom_id);
    asked.set(emailIdOf(customId), { customId, place: null, file: 0 });
  }
  return asked;
}

/** Notes where each request's first line stands; returns whether one of them is an answer. */
async function indexLines(options: {
  path: string;
  file: number;
  asked: Map<string, Asked>;
  isKnown: boolean;
  counts: LineCounts;
}): Promise<boolean> {
  const { path, file, asked, isKnown, counts } = options;
  let answers = false;
  for await (const { bytes, offset } of scanLines(path)) {
    if (bytes.toString("latin1").trim() === "") continue;
    const read = readAnswerLine(bytes);
    if (!read) {
      counts.malformed++;
      continue;
    }
    const emailId = emailIdOf(read.customId);
    if (!isKnown && !asked.has(emailId)) asked.set(emailId, { customId: read.customId, place: null, file });
    const request = asked.get(emailId);
    if (request?.customId !== read.customId) counts.foreign++;
    else if (request.place) counts.duplicated++;
    else {
      request.place = { offset, sizeBytes: bytes.length };
      request.file = file;
      if (read.line.kind === "answer") answers = true;
    }
  }
  return answers;
}

async function openAll(paths: readonly (string | null)[]): Promise<(FileHandle | null)[]> {
  return Promise.all(paths.map((path) => (path === null ? null : openForReading(path))));
}

async function readPlace(reader: FileHandle, { offset, sizeBytes }: LinePlace): Promise<AnswerLine> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  await readInto(reader, bytes, offset);
  return readAnswerLine(bytes)!.line; // it was readable a moment ago
}

/** The row that a request has in the journal already, because the batch is taken in for the second time. */
function findJournalled(customId: string, sent: SentEmail, rows: readonly AttemptRow[]): AttemptRow | undefined {
  return rows.find((row, i) => {
    const step = { step: "call", data: { kind: row.kind }, round: row.round, repeat: row.repeat } as CallStep;
    return customIdOf(step, sent, rows.slice(0, i)) === customId;
  });
}

/** What a line, or its absence, means for the journal. */
interface Verdict {
  readonly count: "answered" | "failed" | "expired" | "missing";
  /** None: the request is made again. */
  readonly row: AttemptRow | null;
  /** The most that may have been billed for nothing. */
  readonly lostUsd: number;
  readonly failure: string | null;
  readonly fatal?: UserError;
  readonly drop?: DroppableParameter;
}

function judgeLine(
  line: AnswerLine | null,
  options: CollectOptions & { step: CallStep; sent: SentEmail; works: boolean },
): Verdict {
  const { step, sent, call, prices, completed, entry, endpoint, works } = options;
  const { kind } = step.data;
  const price = prices[kind];
  const mostUsd = () => (price ? mostCostUsd(buildRequest(step, sent.id, call), price) : 0);
  const at = new Date().toISOString();
  const about = aboutCall(step, sent, call);
  const none = { usage: null, latencyMs: null, costUsd: null, retries: 0, at };
  const unanswered = (count: Verdict["count"], error: string, lostUsd: number): Verdict => {
    const row: AttemptRow = { ...about, outcome: "unanswered", error, ...none };
    return { count, row: works ? row : null, lostUsd, failure: error };
  };
  if (!line || line.kind === "expired") {
    if (completed && !line) return unanswered("missing", "the batch has no line for this request", mostUsd());
    return { count: "expired", row: null, lostUsd: 0, failure: "the batch ended before this request was worked on" };
  }
  if (line.kind === "answer") {
    const completion = parseCompletion(line.text);
    if (typeof completion === "string")
      return unanswered("failed", `${completion} in a batch of ${endpoint.baseUrl}`, mostUsd());
    const { usage } = completion;
    const cost = costUsd(usage, price);
    const answer = readAnswer(step.data, completion, sent.checkReply);
    const row: AttemptRow = { ...about, ...answer, usage, latencyMs: null, costUsd: cost, retries: 0, at };
    return { count: "answered", row, lostUsd: cost === null ? mostUsd() : 0, failure: null };
  }
  const { status, text } = line;
  const param = status === 400 || status === 422 ? findDroppable(text) : undefined;
  const failure = explainStatus({ status, headers: {}, text }, endpoint, works);
  const { message } = failure;
  if (param && !entry.dropped.includes(param))
    return { count: "failed", row: null, lostUsd: 0, failure: message, drop: param };
  if (failure instanceof UserError) return { count: "failed", row: null, lostUsd: 0, failure: message, fatal: failure };
  if (failure instanceof TeacherError && failure.retryable) return unanswered("failed", message, 0);
  const row: AttemptRow = { ...about, outcome: "refused", error: message, ...none };
  return { count: "failed", row: works ? row : null, lostUsd: 0, failure: message };
}

/** Brings what is written of a file to the disk. */
async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
