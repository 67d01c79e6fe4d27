/** Questions to a judge: each asked until its answer can be used or its repeats are used up; answers that are there already are not asked for again. */
import {
  type AnswerSchema,
  answersReserveBytes,
  askMany,
  type ChatMessage,
  digest,
  type EndpointName,
  explainOutage,
  type MakeCall,
  type TeacherClient,
  type TeacherRequest,
} from "../endpoint/index.ts";
import { cutText, stopWhenFull } from "../formats/index.ts";
import { hashString } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import type { JudgeIdentity } from "./identity.ts";
import { type JudgementRow, openJudgements } from "./journal.ts";
import { buildRepeatMessages } from "./prompts.ts";
import type { JudgeCalls, UnscoredReason } from "./report.ts";
import { createStreak, type Streak } from "./streak.ts";
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

/** How far the questions are. */
export interface AskProgress {
  readonly done: number;
  readonly total: number;
  readonly unscored: number;
  readonly calls: number;
}

/** A judge's endpoint, as long as it is used. */
export interface OpenJudge {
  readonly client: TeacherClient;
  /** Aborted by the signal and by an error that ends the run. */
  readonly stop: AbortController;
  readonly role: EndpointName["role"];
}

/** What is asked, and of whom. */
export interface Questions<T> {
  readonly questions: readonly Question<T>[];
  /** The journal. */
  readonly path: string;
  readonly judge: JudgeIdentity;
  readonly schema: AnswerSchema;
  /** Messages that no endpoint has a reason to turn down. */
  readonly harmless: readonly ChatMessage[];
  readonly distill: Recipe["distill"];
  /** Opens the endpoint; called only where something is missing. */
  readonly withClient: (use: (judge: OpenJudge) => Promise<void>) => Promise<void>;
  readonly onProgress?: (progress: AskProgress) => void;
}

/**
 * Asks what is not yet in the journal at `path`. Verdicts stand in the order of the questions. Throws UserError where the run
 * cannot go on (key, address, quota, an endpoint that does not work) and the reason of `stop`; answers that came are kept.
 */
export async function askAll<T>(
  options: Questions<T>,
): Promise<{ verdicts: Verdict<T>[]; cost: Omit<JudgeCalls, "costUsd">; droppedParameters: readonly string[] }> {
  const { questions, path, judge, distill, withClient, onProgress } = options;
  const open = new Map(questions.map((question) => [question.key, createState(question)]));
  const cost = createCost();
  const journal = await openJudgements({
    path,
    reserveBytes: answersReserveBytes(distill, judge.maxTokens),
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
      await withClient(async (opened) => {
        stopWhenFull(journal.full, opened.stop);
        const worked = count.done > 0;
        const { model } = judge;
        const streak = createStreak({
          inARow: distill.unusableInARow,
          model,
          role: opened.role,
          append: journal.append,
        });
        try {
          for await (const verdict of askMissing({ ...options, missing, opened, streak, cost, worked })) {
            count.done++;
            if ("unscored" in verdict) count.unscored++;
            report();
          }
        } finally {
          await streak.flush();
        }
        droppedParameters = opened.client.dropped;
      });
    }
  } finally {
    await journal.close();
  }
  return { verdicts: questions.map(({ key }) => open.get(key)!.verdict!), cost: cost.totals, droppedParameters };
}

/** The verdicts of `missing` as they come. */
function askMissing<T>(
  work: Questions<T> & {
    missing: readonly State<T>[];
    opened: OpenJudge;
    streak: Streak;
    cost: Cost;
    /** Whether it has answered in an earlier session. */
    worked: boolean;
  },
): AsyncGenerator<Verdict<T>, void> {
  const { missing, opened, judge, distill, harmless, cost, worked } = work;
  const { client, stop, role } = opened;
  return askMany({
    items: missing,
    rules: distill,
    ...{ stop, client },
    ask: (state, call) => ask(state, call, work),
    giveUp(state, { kind, error }): Verdict<T> {
      state.verdict = { unscored: { reason: kind, detail: shorten(error) } };
      return state.verdict;
    },
    async test() {
      const request = buildRequest(harmless, "endpoint-test", work);
      const { usage } = await client.complete({ ...request, isUrgent: true });
      cost.add({ repeat: 0, usage });
    },
    explain: (last, failures) =>
      explainOutage({
        endpoint: { role, baseUrl: judge.baseUrl, model: judge.model },
        ...{ last, failures, what: "replies", worked: client.worked || worked },
      }),
  });
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

/** Asks until there is a verdict. Throws TeacherError where the endpoint fails, and what ends the run. */
async function ask<T>(
  state: State<T>,
  call: MakeCall,
  work: Questions<T> & { opened: OpenJudge; streak: Streak; cost: Cost },
): Promise<Verdict<T>> {
  const { opened, judge, streak, cost } = work;
  const { key, id, messages } = state.question;
  while (state.verdict === null) {
    const { last } = state;
    const repeat = last === null ? 0 : last.repeat + 1;
    const asked = last === null ? messages() : buildRepeatMessages(messages(), last.answer, last.defects);
    const completion = await call(() => opened.client.complete(buildRequest(asked, `${key}/${repeat}`, work)));
    const { text: answer, refusal, finishReason: finish, usage, latencyMs, retries } = completion;
    const at = new Date().toISOString();
    const row = { key, judge: judge.id, id, repeat, answer, refusal, finish, usage, latencyMs, retries, at };
    cost.add(row);
    takeAnswer(state, row, judge);
    await streak.settle(row, state.last === last ? null : state.last!.defects.join("; "));
  }
  return state.verdict;
}

function buildRequest(
  messages: readonly ChatMessage[],
  name: string,
  { judge, schema }: Pick<Questions<unknown>, "judge" | "schema">,
): TeacherRequest {
  const { temperature, maxTokens } = judge;
  const seed = hashString(`${judge.seed}/${name}`) >>> 1; // 31 bits: some servers read an int32
  return { messages, schema, temperature, maxTokens, seed };
}

interface Cost {
  readonly totals: Omit<JudgeCalls, "costUsd">;
  add(call: Pick<JudgementRow, "repeat" | "usage">): void;
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

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${cutText(line, 300)}…` : line;
}
