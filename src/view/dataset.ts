/** The dataset of a run in memory: rows to filter, mails on demand, and a person's decisions, which are written at once. */

import { openStandings, type Review, readReviews, reviewedDigest, type Standing, scoreOf } from "../distill/index.ts";
import { digest } from "../endpoint/index.ts";
import { type JsonlAppender, openJsonlAppender } from "../formats/index.ts";
import type { Person } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import { openAnswered } from "./answered.ts";
import type { BulkRequest, CallDetail, MailDetail, ReviewRequest, ReviewState, RowSummary } from "./api.ts";
import { createGroups } from "./groups.ts";
import { checkRow, type IndexedRow, indexRow } from "./row.ts";
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
  /** What the mailbox's owner really answered. */
  readonly pairs: string;
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
  /** One decision on each of these mails; how many it could be made on: none is accepted that has no reply. */
  decideAll(rows: readonly { id: string }[], decision: Pick<BulkRequest, "decision" | "note">): Promise<number>;
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
/** ours: the last of a thread; what was said before is quoted in them. */
const EARLIER_SHOWN = 4;
/** ours: replies that are checked until the page is told, and the pause after each, in which others are served. */
const CHECKED_AT_ONCE = 500;
const CHECK_PAUSE_MS = 1;
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
  const answers = await openAnswered(paths.pairs);
  const standings = await openStandings({ ...paths, recipe });
  const rows: IndexedRow[] = [];
  const places = new Map<string, number>();
  let version = 1;
  let appender: JsonlAppender | null = null;
  let isClosed = false;
  let deciding: Promise<unknown> = Promise.resolve();
  let refreshing: Promise<void> | null = null;
  let refreshedMs = performance.now();

  /** Finds mails that say nearly the same and checks the replies while nobody waits, a few at a time. */
  async function checkReplies(): Promise<void> {
    let fresh = 0;
    const groups = createGroups(recipe.import);
    for (let place = 0; place < rows.length && !isClosed; place++) {
      const standing = await standings.read(rows[place].id);
      if (!standing || isClosed) continue;
      for (const [member, group] of groups.add(place, standing.email))
        rows[member] = { ...rows[member], group: rows[group.first].id, alike: group.count - 1 };
      if (rows[place].replyHash !== null && rows[place].checkedHash !== rows[place].replyHash)
        rows[place] = checkRow(rows[place], standing, reviewOf(standing).reply);
      if (++fresh % CHECKED_AT_ONCE === 0) version++;
      await new Promise((resolve) => setTimeout(resolve, CHECK_PAUSE_MS));
    }
    if (fresh > 0) version++;
  }

  function reviewOf({ email, drafts }: Standing): { state: ReviewState; reply: string | null } {
    const decision = reviews.find(email);
    if (!decision && reviews.isUnsure(email)) return { state: "unsure", reply: null };
    if (!decision) return { state: reviews.last(email.id) ? "outdated" : "none", reply: null };
    if (decision.decision === "reject") return { state: "rejected", reply: null };
    const isDraft = drafts.some(({ reply }) => reply === decision.reply);
    return { state: isDraft ? "accepted" : "edited", reply: decision.reply };
  }

  function index(standing: Standing): void {
    const place = places.get(standing.email.id) ?? rows.length;
    places.set(standing.email.id, place);
    const { seed } = recipe;
    rows[place] = indexRow({ standing, review: reviewOf(standing), rule, place, seed, before: rows[place] });
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

  /** The mails of the thread before this one, by date, oldest first. */
  async function readEarlier({ email }: Standing): Promise<MailDetail["earlier"]> {
    const others = rows.filter(({ threadId, id }) => threadId === email.threadId && id !== email.id);
    const read = await Promise.all(others.map(({ id }) => standings.read(id)));
    const before = read.flatMap((other) =>
      other && (other.email.date ?? "") < (email.date ?? "") ? [other.email] : [],
    );
    return before
      .sort((a, b) => ((a.date ?? "") < (b.date ?? "") ? -1 : 1))
      .slice(-EARLIER_SHOWN)
      .map(({ from, date, body }) => ({ from: showPerson(from), date, body }));
  }

  async function describe(standing: Standing): Promise<MailDetail> {
    const { email, detail, drafts, calls } = standing;
    const summary = summaryOf(rows[places.get(email.id)!]);
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
      earlier: await readEarlier(standing),
      answered: await answers.read(email.id),
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

  type Settlement = (standing: Standing) => Pick<Review, "decision" | "reply" | "attempt" | "note"> | null;

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
    const settled = review(standing);
    if (settled === null) return null;
    await write({ id, emailDigest, ...settled, at: new Date().toISOString() });
    index(standing);
    const place = places.get(id)!;
    rows[place] = checkRow(rows[place], standing, reviewOf(standing).reply);
    version++;
    return describe(standing);
  }

  try {
    await indexAll();
  } catch (error) {
    await standings.close();
    await answers.close();
    throw error;
  }
  const checking = checkReplies().catch(() => {}); // a file that cannot be read is told when the mail is opened
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
        review === "none" || review === "outdated" || review === "unsure" ? null : { reply: reviews.last(id)!.reply };
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
    async decideAll(chosen, { decision, note = null }) {
      let decided = 0;
      for (const { id } of chosen) {
        const done = await settle(id, ({ drafts }) => {
          if (decision === "reject") return { decision, reply: null, attempt: null, note };
          const attempt = drafts.findLastIndex(({ passes }) => passes) + 1 || drafts.length;
          if (attempt === 0) return null;
          return { decision, reply: drafts[attempt - 1].reply, attempt, note };
        });
        if (done !== null) decided++;
      }
      return decided;
    },
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
      isClosed = true;
      await checking;
      await refreshing?.catch(() => {});
      await deciding;
      await standings.close();
      await answers.close();
      await appender?.close();
    },
  };
}

/** What of a row the page is told. */
export function summaryOf(row: IndexedRow): RowSummary {
  const { id, sender, subject, snippet, status, reason, intent, attempts, score, words, review, faults } = row;
  const { group, alike } = row;
  return { id, sender, subject, snippet, status, reason, intent, attempts, score, words, review, group, alike, faults };
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
  if (request.decision === "unsure") return { decision: "unsure", reply: null, attempt: null, note };
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
