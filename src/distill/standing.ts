/** The status of each mail of a run, read from the run's files without a lock, while distill may still be writing them. */

import { isRedacted } from "../endpoint/index.ts";
import { openForReading, readInto } from "../formats/index.ts";
import type { Email } from "../mail/index.ts";
import type { Feedback, Scores } from "../prompts/index.ts";
import type { Recipe } from "../recipe.ts";
import { modelsOf } from "./clients.ts";
import type { LinePlace } from "./journal-index.ts";
import { openJournalReader } from "./journal-reader.ts";
import type { AttemptRow } from "./journal-rows.ts";
import type { JournalTotals } from "./journal-totals.ts";
import { countingRows } from "./loop.ts";
import { readAllEmails, sampleEmails } from "./sample.ts";
import { chooseSteeredSender, styleOf } from "./steered.ts";
import { isAccepted, nextStep, type RejectionReason, type StepRules, stepRulesOf } from "./steps.ts";

/** A draft as it stands in the journal, judged or not, private details in their places. */
export interface StandingDraft {
  readonly reply: string;
  /** null where no judge has given a usable answer (yet). */
  readonly scores: Scores | null;
  readonly feedback: Feedback | null;
  readonly passes: boolean;
}

/** A mail, its drafts and what came of it by teacher and judge alone. */
export interface Standing {
  readonly email: Email;
  readonly state: "accepted" | "rejected" | "open";
  readonly reason: RejectionReason | null;
  /** Why it was rejected, in words. */
  readonly detail: string | null;
  readonly drafts: readonly StandingDraft[];
  /** The calls that count, in their order. */
  readonly calls: readonly AttemptRow[];
}

/** The mails of a run. Whoever opens it closes it. */
export interface Standings {
  readonly size: number;
  readonly totals: JournalTotals;
  /** Every mail of the sample, in its order. */
  readAll(): AsyncGenerator<Standing>;
  /** One mail; null for an id that is not in the sample. */
  read(id: string): Promise<Standing | null>;
  /** Takes in what distill has written since; the ids of the mails that moved, or "all". */
  refresh(): Promise<ReadonlySet<string> | "all">;
  close(): Promise<void>;
}

/** Opens the mails of a run folder. Throws UserError or FormatError where its files cannot be read. */
export async function openStandings(options: { emails: string; attempts: string; recipe: Recipe }): Promise<Standings> {
  const { recipe } = options;
  const { distill, seed } = recipe;
  const rules = stepRulesOf(distill);
  const models = modelsOf(recipe);
  const sample = await sampleEmails({ path: options.emails, count: distill.sample, seed });
  const places = new Map<string, LinePlace>();
  for await (const { email, place } of sample.readPlaced()) places.set(email.id, place);
  const file = await openForReading(options.emails);
  const journal = await openJournalReader(options.attempts);

  /** As the calls were made: workers on other machines redact whatever the recipe says. */
  const isRedactedThere = () => {
    const made = journal.settings?.["redacted mail"];
    return made === undefined ? isRedacted(recipe) : made === "yes";
  };
  const chooseSending = () => {
    const redact = isRedactedThere() ? "on" : "off";
    return chooseSteeredSender({ ...recipe, distill: { ...distill, redact } }, () => readAllEmails(options.emails));
  };
  let sending: Awaited<ReturnType<typeof chooseSending>>;

  function stand(email: Email): Standing {
    const sent = sending.send(email);
    const style = styleOf(recipe, sending.redacted);
    const calls = countingRows(journal.read(email.id), { sent, models, style });
    const step = nextStep(sent.text, calls, rules);
    const drafts = listDrafts(calls, sent.restore, rules);
    const state = step.step === "accept" ? "accepted" : step.step === "reject" ? "rejected" : "open";
    const rejected = step.step === "reject" ? step : null;
    return { email, state, reason: rejected?.reason ?? null, detail: rejected?.detail ?? null, drafts, calls };
  }

  try {
    await journal.refresh();
    sending = await chooseSending();
  } catch (error) {
    await journal.close();
    await file.close();
    throw error;
  }
  return {
    size: sample.size,
    get totals() {
      return journal.totals;
    },
    async *readAll() {
      for await (const email of sample.read()) yield stand(email);
    },
    async read(id) {
      const place = places.get(id);
      if (!place) return null;
      const bytes = Buffer.allocUnsafe(place.sizeBytes);
      await readInto(file, bytes, place.offset);
      return stand(JSON.parse(bytes.toString("utf8")) as Email); // checked when the sample was drawn
    },
    async refresh() {
      const moved = await journal.refresh();
      if (isRedactedThere() === sending.redacted) return moved;
      sending = await chooseSending();
      return "all";
    },
    async close() {
      await journal.close();
      await file.close();
    },
  };
}

function listDrafts(
  calls: readonly AttemptRow[],
  restore: (reply: string) => string,
  rules: StepRules,
): StandingDraft[] {
  const drafts: StandingDraft[] = [];
  const ok = calls.filter(({ outcome }) => outcome === "ok");
  for (let round = 0; ; round++) {
    const written = ok.find((row) => row.kind !== "judge" && row.round === round);
    if (!written) return drafts;
    const judged = ok.find((row) => row.kind === "judge" && row.round === round);
    const scores = judged?.scores ?? null;
    const passes = scores !== null && isAccepted(scores, rules);
    drafts.push({ reply: restore(written.reply!), scores, feedback: judged?.feedback ?? null, passes });
  }
}
