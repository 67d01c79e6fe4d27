/** Drafts and suggestions of the model as their owner would greet, end and shorten them. */
import type { DetectLanguage } from "../../checks/portable.ts";
import type { Draft, DraftEvent } from "./draft.ts";
import { createFlagger, findFields } from "./flags.ts";
import { type Habits, languageOf, layHabits } from "./habits.ts";
import type { AssistantMail } from "./mail.ts";
import type { Reading } from "./reading.ts";
import type { Steering } from "./steering.ts";
import type { SuggestEvent, Suggestion } from "./suggest.ts";

/** For whom, and to what. */
export interface HabitualContext {
  readonly habits: Habits;
  readonly mail: AssistantMail;
  readonly reading: Reading;
  readonly steering?: Steering;
  readonly detect?: DetectLanguage;
}

type LaidIn = Parameters<typeof layHabits>[1];

/** The events of a draft with habits laid over its text; sentences come whole, for only then they are known. What is shown first settles in which language's habits. */
export async function* draftInHabits(
  events: AsyncIterable<DraftEvent>,
  context: HabitualContext,
): AsyncGenerator<DraftEvent, void> {
  const { mail, steering = {}, detect } = context;
  const language = steering.language ?? context.reading.language;
  const habits = steering.tone === undefined ? context.habits : withoutWays(context.habits);
  const { senderName } = context.reading;
  const ofText = (text: string): LaidIn => ({ habits, language: languageOf(text, { language, detect }), senderName });
  let of: LaidIn | null = null;
  let written = "";
  let shown = "";
  const grown = (text: string): string => {
    if (!text.startsWith(shown)) return "";
    const piece = text.slice(shown.length);
    shown = text;
    return piece;
  };
  for await (const event of events) {
    if (event.type === "text") {
      written += event.text;
      const now: LaidIn = of ?? ofText(written);
      const laid = layHabits(written, now);
      const sure =
        laid === null || laid.sentences.length < 2 ? "" : laid.greeting + laid.sentences.slice(0, -1).join("");
      const piece = sure === "" ? "" : grown(sure);
      if (piece === "") continue;
      of = now;
      yield { type: "text", text: piece };
      continue;
    }
    const draft = habitual(event.draft, {
      ...{ of: of ?? ofText(event.draft.text), language, mail },
      ...{ line: steering.line, shown },
    });
    const rest = draft.text.slice(shown.length);
    if (rest !== "") yield { type: "text", text: rest };
    yield { type: "done", draft };
  }
}

/** The finished draft; what was shown of it stands. */
function habitual(
  draft: Draft,
  {
    of,
    language,
    mail,
    line,
    shown,
  }: {
    of: LaidIn;
    language: string;
    mail: AssistantMail;
    line?: string;
    shown: string;
  },
): Draft {
  const laid = layHabits(draft.text, of);
  if (laid === null) return draft;
  const whole = laid.greeting + laid.sentences.join("");
  const text = whole.startsWith(shown) ? whole : shown;
  const { flags, fields } = {
    flags: createFlagger(mail, { language, steering: line })(text),
    fields: findFields(text, mail),
  };
  const kept = draft.flags
    .filter(({ kind }) => kind === "withheld" || kind === "language")
    .map((flag) => moved(flag, text));
  return { ...draft, text: `${text}${laid.closing}`, flags: [...flags, ...kept], fields };
}

/** What the text no longer shows, but the person has to know: it stands at the end. */
const moved = (flag: Draft["flags"][number], text: string) => {
  const start = text.indexOf(flag.text);
  const at = flag.text === "" || start < 0 ? text.length : start;
  return { ...flag, text: start < 0 ? "" : flag.text, start: at, end: at + (start < 0 ? 0 : flag.text.length) };
};

/** A tone that was asked for decides how a draft greets and speaks; how it ends stays the owner's. */
function withoutWays(habits: Habits): Habits {
  return Object.fromEntries(
    Object.entries(habits).map(([language, habit]) => [
      language,
      { ...habit, greeting: null, contracts: null, thanks: true, exclaims: true },
    ]),
  );
}

/** The events of suggestions likewise; the closing is the draft's. */
export async function* suggestInHabits(
  events: AsyncIterable<SuggestEvent>,
  context: HabitualContext,
): AsyncGenerator<SuggestEvent, void> {
  for await (const event of events)
    yield event.type === "suggestion"
      ? { ...event, suggestion: suggestionInHabits(event.suggestion, context) }
      : { ...event, suggestions: event.suggestions.map((suggestion) => suggestionInHabits(suggestion, context)) };
}

/** One suggestion likewise. */
export function suggestionInHabits(
  suggestion: Suggestion,
  { habits, reading, detect }: Omit<HabitualContext, "mail">,
): Suggestion {
  const { senderName } = reading;
  const language = languageOf(suggestion.reply, { language: reading.language, detect });
  const lay = (text: string) => layHabits(text, { habits, language, senderName });
  const [text, reply] = [lay(suggestion.text), lay(suggestion.reply)];
  if (text === null || reply === null) return suggestion;
  return { ...suggestion, text: text.sentences.join(""), reply: reply.greeting + reply.sentences.join("") };
}
