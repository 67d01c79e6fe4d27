/** Questions to a judge: each asked until its answer can be used or its repeats are used up; answers that are there already are not asked for again. */
import {
  type AnswerSchema,
  answersReserveBytes,
  type ChatMessage,
  createSemaphore,
  digest,
  type TeacherClient,
  TeacherError,
} from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import { stopWhenFull } from "../formats/index.ts";
import { hashString } from "../random.ts";
import type { JudgeIdentity } from "./identity.ts";
import { type JudgementJournal, type JudgementRow, openJudgements } from "./journal.ts";
import { buildRepeatMessages } from "./prompts.ts";
import type { JudgeCalls, UnscoredReason } from "./report.ts";
import type { Read } from "./verdict.ts";

/** One thing to be judged. */
export interface Question<T> {
  /** Equal for equal questions to one judge: asked once. */
  readonly key: string;
  /** The mail's id. */
  readonly id: string;
  readonly messages: () => readonly ChatMessage[];
  readonly read: (answer: string) => Read<T>;
}

/** A verdict, or why there is none. */
export type Verdict<T> =
  | { readonly value: T }
  | { readonly unscored: { readonly reason: UnscoredReason; readonly detail: string } };

/** The key of a question: who is asked, and about which texts. */
export function questionKey(judge: JudgeIdentity, texts: readonly string[]): string {
  return digest(JSON.stringify([judge.id, ...texts]));
}

/** So many questions without an answer in a row, all tries used up, are the endpoint's fault. */
const SILENT_IN_A_ROW = 5;
/** Questions open for each request in flight: one that waits for its next try leaves no place empty. */
const OPEN_PER_REQUEST = 2;

/** How far the questions are. */
export interface AskProgress {
  readonly done: number;
  readonly total: number;
  readonly unscored: number;
  readonly calls: number;
}

/**
 * Asks what is not yet in the journal at `path`. Verdicts stand in the order of the questions. Throws UserError where the run
 * cannot go on (key, address, quota, an endpoint that went silent) and the reason of `stop`; answers that came are kept.
 */
export async function askAll<T>(options: {
  questions: readonly Question<T>[];
  path: string;
  judge: JudgeIdentity;
  schema: AnswerSchema;
  concurrency: number;
  /** Opens the endpoint; called only where something is missing. */
  withClient: (use: (judge: { client: TeacherClient; stop: AbortController }) => Promise<void>) => Promise<void>;
  onProgress?: (progress: AskProgress) => void;
}): Promise<{ verdicts: Verdict<T>[]; cost: Omit<JudgeCalls, "costUsd">; droppedParameters: readonly string[] }> {
  const { questions, path, judge, schema, concurrency, withClient, onProgress } = options;
  const open = new Map(questions.map((question) => [question.key, createState(question)]));
  const cost = createCost();
  const inFlight = { concurrency, openPerRequest: OPEN_PER_REQUEST };
  const journal = await openJudgements({
    path,
    reserveBytes: answersReserveBytes(inFlight, judge.maxTokens),
    wants: (key) => open.has(key),
    onRow(row) {
      cost.add(row);
      takeAnswer(open.get(row.key)!, row, judge);
    },
  });
  let droppedParameters: readonly string[] = [];
  try {
    const states = [...open.values()];
    const missing = states.filter(({ verdict }) => verdict === null);
    const count = { done: states.length - missing.length, unscored: 0 };
    for (const { verdict } of states) if (verdict !== null && "unscored" in verdict) count.unscored++;
    const report = () => onProgress?.({ ...count, total: states.length, calls: cost.totals.calls });
    report();
    if (missing.length > 0) {
      await withClient(async ({ client, stop }) => {
        stopWhenFull(journal.full, stop);
        const silence = createSilence(judge);
        const places = createSemaphore(concurrency * OPEN_PER_REQUEST);
        const running = new Set<Promise<void>>();
        for (const state of missing) {
          const leave = await places.acquire(stop.signal).catch(() => null);
          if (leave === null) break;
          const work = ask({ state, client, schema, judge, journal, cost, silence })
            .then(() => {
              count.done++;
              if (state.verdict !== null && "unscored" in state.verdict) count.unscored++;
              report();
            })
            .catch((error) => stop.abort(error)) // the first error is the one that counts
            .finally(() => {
              running.delete(work);
              leave();
            });
          running.add(work);
        }
        await Promise.all(running);
        stop.signal.throwIfAborted();
        droppedParameters = client.dropped;
      });
    }
  } finally {
    await journal.close();
  }
  return { verdicts: questions.map(({ key }) => open.get(key)!.verdict!), cost: cost.totals, droppedParameters };
}

/** Where a question stands. */
interface State<T> {
  readonly question: Question<T>;
  verdict: Verdict<T> | null;
  /** The last answer, which could not be used, and why. */
  last: { readonly answer: string; readonly defects: readonly string[]; readonly repeat: number } | null;
}

function createState<T>(question: Question<T>): State<T> {
  return { question, verdict: null, last: null };
}

/** Lets an answer settle its question, or notes what to ask again. */
function takeAnswer<T>(state: State<T>, row: JudgementRow, judge: JudgeIdentity): void {
  if (state.verdict !== null) return;
  const { answer, refusal, finish, repeat } = row;
  if (refusal !== null || finish === "content_filter") {
    const detail = refusal === null ? "withheld by the provider's content filter" : `refused: ${shorten(refusal)}`;
    state.verdict = { unscored: { reason: "declined", detail } };
    return;
  }
  const read: Read<T> =
    finish === "length" ? { defects: ["it was cut at the token limit: quote less"] } : state.question.read(answer);
  if ("value" in read) {
    state.verdict = { value: read.value };
    return;
  }
  state.last = { answer, defects: read.defects, repeat };
  if (repeat >= judge.repeats)
    state.verdict = { unscored: { reason: "unusable", detail: shorten(read.defects.join("; ")) } };
}

/** Asks until there is a verdict. Throws what ends the run. */
async function ask<T>(options: {
  state: State<T>;
  client: TeacherClient;
  schema: AnswerSchema;
  judge: JudgeIdentity;
  journal: JudgementJournal;
  cost: Cost;
  silence: Silence;
}): Promise<void> {
  const { state, client, schema, judge, journal, cost, silence } = options;
  const { key, id, messages } = state.question;
  while (state.verdict === null) {
    const repeat = state.last === null ? 0 : state.last.repeat + 1;
    const asked =
      state.last === null ? messages() : buildRepeatMessages(messages(), state.last.answer, state.last.defects);
    const seed = hashString(`${judge.seed}/${key}/${repeat}`) >>> 1; // 31 bits: some servers read an int32
    const { temperature, maxTokens } = judge;
    try {
      const completion = await client.complete({ messages: asked, schema, temperature, maxTokens, seed });
      const { text: answer, refusal, finishReason: finish, usage, latencyMs, retries } = completion;
      const at = new Date().toISOString();
      const row: JudgementRow = {
        key,
        judge: judge.id,
        id,
        repeat,
        answer,
        refusal,
        finish,
        usage,
        latencyMs,
        retries,
        at,
      };
      await journal.append(row);
      cost.add(row);
      silence.end();
      takeAnswer(state, row, judge);
    } catch (error) {
      if (!(error instanceof TeacherError)) throw error;
      state.verdict = {
        unscored: { reason: error.retryable ? "unanswered" : "refused", detail: shorten(error.message) },
      };
      silence.add(error);
    }
  }
}

interface Cost {
  readonly totals: Omit<JudgeCalls, "costUsd">;
  add(row: JudgementRow): void;
}

function createCost(): Cost {
  const totals = { calls: 0, repeats: 0, promptTokens: 0, completionTokens: 0, withoutUsage: 0 };
  return {
    totals,
    add({ repeat, usage }) {
      totals.calls++;
      if (repeat > 0) totals.repeats++;
      if (usage === null) totals.withoutUsage++;
      totals.promptTokens += usage?.promptTokens ?? 0;
      totals.completionTokens += usage?.completionTokens ?? 0;
    },
  };
}

/** Failures in a row, on different questions and with no answer between. */
interface Silence {
  end(): void;
  add(error: TeacherError): void;
}

function createSilence({ label, baseUrl }: JudgeIdentity): Silence {
  let length = 0;
  return {
    end: () => {
      length = 0;
    },
    add(error) {
      length++;
      if (length < SILENT_IN_A_ROW) return;
      throw new UserError(
        `The judge "${label}" at ${baseUrl} failed on ${length} replies in a row; the last one: ${error.message}. ` +
          "Check the endpoint, then run the same command again: every answer so far is kept, and none is paid for twice.",
      );
    },
  };
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
