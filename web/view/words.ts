/** What the page calls things, and how it writes numbers. */
import type { Bin, FaultName, ReviewState, Sort, Status } from "../../src/view/api.ts";

export const statusNames: Readonly<Record<Status, string>> = {
  accepted: "Accepted",
  rejected: "Rejected",
  open: "Open",
};

/** With the name, so that colour is never alone. */
export const statusMarks: Readonly<Record<Status, string>> = { accepted: "✓", rejected: "✕", open: "○" };

export const reviewNames: Readonly<Record<ReviewState, string>> = {
  none: "Undecided",
  accepted: "You accepted",
  edited: "You edited",
  rejected: "You rejected",
  unsure: "You are unsure",
  outdated: "Decision outdated",
};

export const reviewMarks: Readonly<Record<ReviewState, string>> = {
  none: "",
  accepted: "✓",
  edited: "✎",
  rejected: "✕",
  unsure: "?",
  outdated: "!",
};

export const sortNames: Readonly<Record<Sort, string>> = {
  mailbox: "Mailbox order",
  random: "Drawn at random",
  "score-up": "Score, lowest first",
  "score-down": "Score, highest first",
  "words-up": "Reply, shortest first",
  "words-down": "Reply, longest first",
};

export const faultTitles: Readonly<Record<FaultName, string>> = {
  invented: "Invented something",
  "wrong person": "Wrong person",
  repeats: "Repeats itself",
  "gap left": "Gap left to fill",
  "wrong language": "Wrong language",
  malformed: "Malformed",
};

/** Reasons of a rejection that take one key each. */
export const rejectReasons = [
  "does not answer the question",
  "invents something",
  "wrong person or tone",
  "too long",
  "promises too much",
  "no reply is needed",
] as const;

const reasons: Readonly<Record<string, string>> = {
  threshold: "No draft reached the threshold",
  defect: "Answer of no use",
  refused: "Turned down by the endpoint",
  unanswered: "No answer came",
};

export const reasonName = (reason: string) => reasons[reason] ?? spaced(reason);

/** "orderChange" as "order change". */
export const spaced = (name: string) => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export const whole = (value: number) => value.toLocaleString("en");

export const mails = (count: number) => (count === 1 ? "1 mail" : `${whole(count)} mails`);

export const drafts = (count: number) => (count === 1 ? "1 draft" : `${count === 0 ? "no" : whole(count)} drafts`);

export const score = (value: number) => value.toFixed(2);

export function percent(part: number, all: number): string {
  return all === 0 ? "–" : `${((100 * part) / all).toFixed(part === all || part === 0 ? 0 : 1)} %`;
}

export function usd(value: number | null): string {
  if (value === null) return "cost not known";
  if (value === 0) return "$0";
  return value < 0.01
    ? `$${value.toPrecision(2)}`
    : `$${value.toLocaleString("en", { maximumFractionDigits: 2, minimumFractionDigits: 2 })}`;
}

export const seconds = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** An ISO date in the person's own zone; what is no date stays as it is. */
export function when(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? text
    : date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** The last value that a bar of a histogram holds, for a range with both ends in. */
export function lastOf(bin: Bin, isLast: boolean, step: number): number {
  return isLast ? bin.to : Number((bin.to - step).toFixed(4));
}
