/** The dataset of a run in memory: rows to filter, mails on demand, and a person's decisions, which are written at once. */

import { openStandings, type Review, readReviews, reviewedDigest, type Standing } from "../distill/index.ts";
import { digest } from "../endpoint/index.ts";
import { type JsonlAppender, openJsonlAppender } from "../formats/index.ts";
import type { Person } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import type { CallDetail, MailDetail, ReviewRequest, ReviewState } from "./api.ts";
import { type IndexedRow, indexRow, scoreOf } from "./row.ts";
import { openTakenIn } from "./taken-in.ts";

/** The files of a run folder that are read, and the one that is written. */
export interface DatasetPaths {
  readonly emails: string;
  readonly attempts: string;
  readonly reviews: string;
  /** What distill has made of them. */
  readonly replies: string;
  readonly rejected: string;
  readonly distillReport: string;
}

export interface Dataset {
  /** In the order of the mailbox. */
  readonly rows: readonly IndexedRow[];
  /** Grows whenever a row changes. */
  readonly version: number;
  readonly calls: number;
  /** null where the price of some call is not known. */
  readonly costUsd: number | null;
  /** Decisions that distill has not laid over the dataset yet. */
  readonly notTakenIn: number;
  /** Whether reviews.jsonl ended in a decision that was cut. */
  readonly isTorn: boolean;
  /** null for an id that is not there. */
  read(id: string): Promise<MailDetail | null>;
  /** Writes a decision; null for an id that is not there. Throws DecisionError where it cannot be taken as it is. */
  decide(id: string, request: ReviewRequest): Promise<MailDetail | null>;
  /** Takes the decision back; null for an id that is not there. */
  undo(id: string): Promise<MailDetail | null>;
  /** Takes in what distill has written since. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** A decision that cannot be taken: of a mail that has changed since it was shown, or not a decision. */
export class DecisionError extends Error {
  override name = "DecisionError";
  readonly reason: "changed" | "invalid";

  constructor(reason: "changed" | "invalid", message: string) {
    super(message);
    this.reason = reason;
  }
}

/** ours: ten times the longest reply that is asked for; a pasted file is no reply. */
const LONGEST_REPLY = 20_000;
const LONGEST_NOTE = 2000;
/** ours: between two looks at the journal; the page asks every three seconds. */
const REFRESH_MS = 1000;

/** Reads the run's files and indexes them; about a quarter of a gigabyte and ten seconds for 50,000 mails. Whoever opens it closes it. */
export async function openDataset(options: {
  paths: DatasetPaths;
  recipe: Recipe;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}): Promise<Dataset> {
  const { paths, recipe, signal, onProgress } = options;
  const { rule } = recipe.distill;
  const reviews = await readReviews(paths.reviews);
  const takenIn = await openTakenIn({ ...paths, report: paths.distillReport });
  const standings = await openStandings({ ...paths, recipe });
  const rows: IndexedRow[] = [];
  const places = new Map<string, number>();
  let version = 1;
  let appender: JsonlAppender | null = null;
  let deciding: Promise<unknown> = Promise.resolve();
  let refreshing: Promise<void> | null = null;
  let refreshedMs = performance.now();

  function reviewOf({ email, drafts }: Standing): { state: ReviewState; reply: string | null } {
    const decision = reviews.find(email);
    if (!decision) return { state: reviews.last(email.id) ? "outdated" : "none", reply: null };
    if (decision.decision === "reject") return { state: "rejected", reply: null };
    const isDraft = drafts.some(({ reply }) => reply === decision.reply);
    return { state: isDraft ? "accepted" : "edited", reply: decision.reply };
  }

  function index(standing: Standing): void {
    const place = places.get(standing.email.id) ?? rows.length;
    places.set(standing.email.id, place);
    rows[place] = indexRow({ standing, review: reviewOf(standing), rule, place, before: rows[place] });
  }

  async function indexAll(): Promise<void> {
    for await (const standing of standings.readAll()) {
      signal?.throwIfAborted();
      index(standing);
      onProgress?.(rows.length, standings.size);
    }
  }

  async function refreshNow(): Promise<void> {
    const isWritten = await takenIn.refresh();
    const moved = await standings.refresh();
    if (moved === "all") await indexAll();
    else if (moved.size === 0 && !isWritten) return;
    else
      for (const id of moved) {
        const standing = await standings.read(id);
        if (standing) index(standing);
      }
    version++;
  }

  function describe(standing: Standing): MailDetail {
    const { email, detail, drafts, calls } = standing;
    const { place: _, searched: __, ...summary } = rows[places.get(email.id)!];
    const review = reviews.last(email.id);
    return {
      ...summary,
      seen: nameSeen(standing, review),
      email: {
        from: showPerson(email.from),
        to: email.to.map(showPerson).join(", "),
        cc: email.cc.map(showPerson).join(", "),
        date: email.date,
        subject: email.subject,
        body: email.body,
      },
      detail,
      drafts: drafts.map(({ reply, scores, feedback, passes }, i) => ({
        ...{ attempt: i + 1, reply, scores, feedback, passes },
        score: scores && scoreOf(scores, rule),
      })),
      calls: calls.map(describeCall),
      decided:
        review && summary.review !== "none"
          ? { state: summary.review, reply: review.reply, attempt: review.attempt, note: review.note, at: review.at }
          : null,
    };
  }

  /** Writes the row, then counts it: what the page shows is on the disk. */
  async function write(review: Review): Promise<void> {
    appender ??= await openJsonlAppender(paths.reviews);
    try {
      await appender.append(review);
    } catch (error) {
      await appender.close().catch(() => {});
      appender = null; // the next decision mends the file
      throw error;
    }
    reviews.add(review);
  }

  type Settlement = (standing: Standing) => Pick<Review, "decision" | "reply" | "attempt" | "note">;

  /** One decision after the other: each sees what the one before it has changed. */
  function settle(id: string, review: Settlement): Promise<MailDetail | null> {
    const settled = deciding.then(() => settleNow(id, review));
    deciding = settled.catch(() => {});
    return settled;
  }

  async function settleNow(id: string, review: Settlement): Promise<MailDetail | null> {
    const standing = await standings.read(id);
    if (!standing || !places.has(id)) return null;
    const emailDigest = reviewedDigest(standing.email);
    await write({ id, emailDigest, ...review(standing), at: new Date().toISOString() });
    index(standing);
    version++;
    return describe(standing);
  }

  try {
    await indexAll();
  } catch (error) {
    await standings.close();
    throw error;
  }
  return {
    rows,
    get version() {
      return version;
    },
    get calls() {
      const { generate, judge, refine } = standings.totals.calls;
      return generate + judge + refine;
    },
    get costUsd() {
      return standings.totals.callsWithoutCost > 0 ? null : standings.totals.costUsd;
    },
    get notTakenIn() {
      if (takenIn.isOf(reviews.digest)) return 0;
      const decidedOn = ({ id, review }: IndexedRow) =>
        review === "none" || review === "outdated" ? null : { reply: reviews.last(id)!.reply };
      return rows.filter((row) => !takenIn.holds(row.id, decidedOn(row))).length;
    },
    isTorn: reviews.isTorn,
    async read(id) {
      const standing = places.has(id) ? await standings.read(id) : null;
      if (!standing) return null;
      index(standing);
      return describe(standing);
    },
    decide: (id, request) =>
      settle(id, (standing) => {
        if (request.seen !== nameSeen(standing, reviews.last(id)))
          throw new DecisionError(
            "changed",
            "This mail has changed since it was shown. Look at it again, then decide.",
          );
        return readDecision(request, standing);
      }),
    undo: (id) => settle(id, () => ({ decision: "undo", reply: null, attempt: null, note: null })),
    async refresh() {
      if (!refreshing && performance.now() - refreshedMs < REFRESH_MS) return;
      refreshing ??= refreshNow().finally(() => {
        refreshing = null;
        refreshedMs = performance.now();
      });
      await refreshing;
    },
    async close() {
      await refreshing?.catch(() => {});
      await deciding;
      await standings.close();
      await appender?.close();
    },
  };
}

/** Names a mail with its drafts and the decision on it. */
function nameSeen({ email, drafts }: Standing, review: Review | null): string {
  const parts = [reviewedDigest(email), drafts.map(({ reply }) => reply), review?.at ?? null];
  return digest(JSON.stringify(parts));
}

function readDecision(
  request: ReviewRequest,
  { drafts }: Standing,
): Pick<Review, "decision" | "reply" | "attempt" | "note"> {
  const note = wellFormed(request.note?.trim() ?? "") || null;
  if (note !== null && note.length > LONGEST_NOTE)
    throw new DecisionError("invalid", `A note has at most ${LONGEST_NOTE.toLocaleString("en-US")} characters.`);
  if (request.decision === "reject") return { decision: "reject", reply: null, attempt: null, note };
  const reply = wellFormed((request.reply ?? "").replaceAll(/\r\n?/g, "\n"));
  const kept = drafts.some((draft) => draft.reply === reply) ? reply : reply.trim();
  if (kept === "") throw new DecisionError("invalid", "An accepted reply has words. To leave the mail out, reject it.");
  if (kept.length > LONGEST_REPLY)
    throw new DecisionError("invalid", `A reply has at most ${LONGEST_REPLY.toLocaleString("en-US")} characters.`);
  const attempt = request.attempt ?? null;
  if (attempt !== null && !drafts[attempt - 1])
    throw new DecisionError("invalid", `This mail has ${drafts.length} drafts; there is no draft ${attempt}.`);
  return { decision: "accept", reply: kept, attempt, note };
}

/** Half of a surrogate pair has no bytes in UTF-8. */
const wellFormed = (text: string) => Buffer.from(text, "utf8").toString("utf8");

function describeCall(row: Standing["calls"][number]): CallDetail {
  const { kind, round, outcome, error, model, promptVersion, usage, latencyMs, costUsd, retries, at } = row;
  return {
    ...{ kind, attempt: round + 1, outcome, error: error ?? null, model, promptVersion },
    promptTokens: usage?.promptTokens ?? null,
    completionTokens: usage?.completionTokens ?? null,
    ...{ latencyMs, costUsd, retries, at },
  };
}

function showPerson({ name, address }: Person): string {
  return name && address ? `${name} <${address}>` : name || address;
}
