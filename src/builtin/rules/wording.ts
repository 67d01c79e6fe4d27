/** Words that both ways of writing share: greetings, sentences, and what a long-winded draft is padded with. */
import type { Understanding } from "../../mail/index.ts";

/** Ways in which a draft can fall short. */
export type Flaw = "missedAsk" | "wordy" | "noGreeting" | "curt" | "generic" | "subjectLine";

/** "Dear Dr. Weber," / "Dear Anna," / "Hello Anna," / "Hi Anna," by tone; "Hello," where no name is known. */
export function greetingFor(mail: Pick<Understanding, "sender" | "formality">): string {
  const { first, last, title } = mail.sender;
  if (first === "") return "Hello,";
  if (title !== "" && last !== "" && mail.formality !== "casual") return `Dear ${title} ${last},`;
  return `${{ formal: "Dear", neutral: "Hello", casual: "Hi" }[mail.formality]} ${first},`;
}

/** Without its capital, where it is no name, no "I" and no date. */
export function lowerFirst(text: string): string {
  return /^I\b|^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|^[A-Z][a-z]+ \d/.test(text)
    ? text
    : text.charAt(0).toLowerCase() + text.slice(1);
}

/** With a capital. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** With a capital and a full stop. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(capital) ? capital : `${capital}.`;
}

/** Set phrases that say nothing. */
export const FILLERS: readonly string[] = [
  "I wanted to take a moment to say how much I value our ongoing exchange and the effort that you always put into it.",
  "As you can imagine, there are many aspects that one could discuss at length in this context.",
  "Please be assured that every single point will be given the full attention that it deserves in due course.",
  "Once again, I would like to express my sincere gratitude and I remain, as ever, at your complete disposal.",
];
