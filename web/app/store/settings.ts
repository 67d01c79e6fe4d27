/** What the page remembers between visits: key, model, language, and the draft in progress, so that neither a reload nor an update loses it. */
import type { AssistantMail, Length, ResponseFile, Tone } from "../../../src/reply/portable.ts";

/** A draft as it was left. */
export interface KeptDraft {
  readonly mail: AssistantMail;
  /** Null: no draft was begun. */
  readonly text: string | null;
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
  readonly speeds: Readonly<Record<string, { promptPerSecond: number; replyPerSecond: number }>>;
  readonly language: string | null;
  /** Replies that are shown before the model answers, as the computer last gave them. */
  readonly responses: ResponseFile | null;
  readonly draft: KeptDraft | null;
  /** Set while a model is opened: still there at the next start, it is what ended the page. */
  readonly opening: string | null;
}

const NAME = "pocketreply";
const NOTHING: Kept = {
  key: null,
  openModel: null,
  installed: [],
  speeds: {},
  language: null,
  responses: null,
  draft: null,
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

/** Takes the key out of the address, so that it does not stay in the history of the browser. */
export function takeKey(): void {
  const key = /[#&]key=([\w-]{16,200})/.exec(location.hash)?.[1];
  if (key === undefined) return;
  keep({ key });
  history.replaceState(null, "", location.pathname + location.search);
}
