/** Details that a reply must copy exactly: days, times, limits, amounts, reference codes. Patterns have no nested repeats, so time is linear. */

/** Details of a mail, each as it stands there, in order, without repeats. */
export interface Details {
  /** Days and times, as long as they go together: "Thursday at 3 pm", "14 March", "next week". */
  readonly times: readonly string[];
  readonly amounts: readonly string[];
  /** Order, invoice and booking numbers. */
  readonly codes: readonly string[];
}

const MONTH =
  "(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)";
const WEEKDAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const DATE = `(?:\\d{1,2}(?:st|nd|rd|th)? ${MONTH}|${MONTH} \\d{1,2}(?:st|nd|rd|th)?)(?:,? \\d{4})?`;
const CLOCK = "(?:\\d{1,2}:\\d{2}(?: ?[ap](?:m|\\.m\\.))?|\\d{1,2} ?[ap](?:m|\\.m\\.)|noon|midday|midnight)";
const PART = "(?:morning|afternoon|evening|night)";
const DAY = `(?:(?:(?:next|this|last|coming) )?${WEEKDAY}(?:,? (?:the )?${DATE})?(?: ${PART})?|${DATE}|tomorrow(?: ${PART})?|tonight|today|(?:next|this|last) (?:week(?:end)?|month|${PART}))`;

/** A day with or without a time, or "noon on Friday", or a time alone. */
const WHEN = `(?:${DAY}(?:,? (?:at|around|from) ${CLOCK})?|${CLOCK} on ${DAY}|${CLOCK})`;
/** The end of something, or a day. */
const LIMIT = `(?:the end of (?:the (?:week|month|day|year)|${MONTH}|next week|this week)|${WHEN}|${MONTH}\\b)`;

const whenPattern = new RegExp(`\\b${WHEN}(?![\\w:])`, "gi");
const deadlinePattern = new RegExp(`\\b(?:by|before|no later than|not later than) (${LIMIT})(?!\\w)`, "i");
const neededPattern = new RegExp(`\\b(?:deadline(?: on our side)? is|need it by|but) (${LIMIT})(?!\\w)`, "i");
const DUE =
  /\b(?:answer|reply|need|know|deadline|decide|would be (?:perfect|great|good|nice)|at the latest|is due|rush|hurry|take your time)\b/i;
const amountPattern =
  /(?:[€$£] ?\d[\d,]*(?:\.\d+)?|\b\d[\d,]{0,30}(?:\.\d{1,30})? (?:euros?|dollars|pounds|EUR|USD|GBP|percent)\b|\b\d[\d.,]{0,30}%)/g;
const codePattern =
  /#\d{3,12}\b|\b[A-Z]{1,4}-?\d{4,12}\b|\b\d{4}-\d{2,6}\b|\b(?:order|invoice|booking|reservation|ticket|case|reference|number|no\.) (#?\d{4,12})\b/gi;

/** Collects the details of a text. */
export function findDetails(text: string): Details {
  return {
    times: findTimes(text),
    amounts: unique(text.match(amountPattern) ?? []),
    codes: findCodes(text),
  };
}

/** Days and times of a text, in order. */
export function findTimes(text: string): string[] {
  // "may" and "march" in lower case are verbs far more often than months.
  return unique(
    (text.match(whenPattern) ?? [])
      .map((when) => when.trim())
      .filter((when) => !/^(?:may|march|mar|jun|sun)\b/.test(when)),
  );
}

/** What stands after "by" or "before" in a sentence, where it is a time. */
function findDeadline(sentence: string): string | null {
  const match = deadlinePattern.exec(sentence) ?? neededPattern.exec(sentence);
  return match && !/^last /i.test(match[1]) && !/^(?:may|march)$/.test(match[1]) ? match[1] : null;
}

/** The limit that a mail sets: in one of the sentences that ask, else in one that speaks of answers, needs or hurry. */
export function findLimit(sentences: readonly string[], asking: readonly string[]): string | null {
  for (const sentence of [...asking, ...sentences.filter((text) => DUE.test(text))]) {
    const deadline = findDeadline(sentence);
    if (deadline !== null) return deadline;
  }
  return null;
}

/** Reference codes; years and clock times are none. */
export function findCodes(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(codePattern)) {
    const code = match[1] ?? match[0];
    if (!/^(?:19|20)\d{2}$/.test(code) && !/^(?:order|invoice)/i.test(code)) found.push(code);
  }
  return unique(found);
}

/** A whole text that is a time and nothing else. */
export function isTime(text: string): boolean {
  return new RegExp(`^${LIMIT}$`, "i").test(text);
}

/** "by Friday" inside a longer phrase, with the blank before it. */
export const DEADLINE_TAIL = new RegExp(
  `,? (?:by|before|until|no later than) ${LIMIT}(?: at the latest)?(?=$|[.,;!?]| )`,
  "i",
);

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}
