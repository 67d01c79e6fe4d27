/** What the page remembers between visits: key, model, language, and the draft in progress, so that neither a reload nor an update loses it. */
import type { AssistantMail, Length, ResponseFile, Tone } from "../../../src/reply/portable.ts";
import { type EnginePlan, SAFE_PLAN, type Speed } from "../engine/plan.ts";

/** A draft as it was left. */
export interface KeptDraft {
  readonly mail: AssistantMail;
  /** Null: no draft was begun. */
  readonly text: string | null;
  /** As the model left it; null where it wrote none. */
  readonly made: string | null;
  readonly line: string;
  readonly tone: Tone | null;
  readonly length: Length | null;
  /** Flags that the person said are right, by kind and text. */
  readonly acknowledged: readonly string[];
}

/** Everything that is remembered. */
export interface Kept {
  readonly key: string | null;
  readonly openModel: string | null;
  /** SHA-256 of models that were here: one that is missing was taken away by the browser. */
  readonly installed: readonly string[];
  /** Tokens a second by SHA-256. */
  readonly speeds: Readonly<Record<string, Speed>>;
  /** How a model is run, where it was measured, and how it is not run any more, for it died of it: numbers of threads. */
  readonly plans: Readonly<Record<string, EnginePlan>>;
  readonly barred: Readonly<Record<string, readonly number[]>>;
  readonly language: string | null;
  /** Replies that are shown before the model answers, as the computer last gave them. */
  readonly responses: ResponseFile | null;
  /** How sure the words have to be that are offered while one types, by SHA-256, as the computer last said it. */
  readonly completeFrom: Readonly<Record<string, number>>;
  readonly draft: KeptDraft | null;
  /** The person lets what they change in drafts be kept, to be learnt from. */
  readonly isLearning: boolean;
  /** Set while a model is opened: still there at the next start, it is what ended the page. */
  readonly opening: string | null;
}

const NAME = "pocketreply";
const NOTHING: Kept = {
  key: null,
  openModel: null,
  installed: [],
  speeds: {},
  plans: {},
  barred: {},
  language: null,
  responses: null,
  completeFrom: {},
  draft: null,
  isLearning: false,
  opening: null,
};

/** What is remembered; nothing where the browser gives no storage. */
export function readKept(): Kept {
  try {
    return { ...NOTHING, ...(JSON.parse(localStorage.getItem(NAME) ?? "{}") as Partial<Kept>) }; // written below
  } catch {
    return NOTHING;
  }
}

/** Changes some of it. Another tab's changes to the rest stay. */
export function keep(change: Partial<Kept>): void {
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...readKept(), ...change }));
  } catch {
    // No room or no storage: the page works on, and forgets when it is closed.
  }
}

/** How the model of this SHA-256 is run. */
export const planOf = (sha: string): EnginePlan => readKept().plans[sha] ?? SAFE_PLAN;

/** How sure the open model has to be of words that it offers; null where the computer did not say. */
export function thresholdOfOpen(): number | null {
  const { completeFrom, openModel } = readKept();
  return openModel === null ? null : (completeFrom[openModel] ?? null);
}

/** Goes back to one thread for a model that died with more; false where it had one. */
export function stepDown(sha: string): boolean {
  const { plans, barred } = readKept();
  const { threads } = planOf(sha);
  if (threads === SAFE_PLAN.threads) return false;
  keep({ plans: { ...plans, [sha]: SAFE_PLAN }, barred: { ...barred, [sha]: [...(barred[sha] ?? []), threads] } });
  return true;
}

/** Takes the key out of the address, so that it does not stay in the history of the browser. */
export function takeKey(): void {
  const key = /[#&]key=([\w-]{16,200})/.exec(location.hash)?.[1];
  if (key === undefined) return;
  keep({ key });
  history.replaceState(null, "", location.pathname + location.search);
}
