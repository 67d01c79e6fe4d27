/** How a steering line stands in a prompt, in training and in use: behind the mail, under a mark that no mail can forge. */
import { type Email, renderEmail } from "./email.ts";

const MARK = "How to reply:";

/** The mail with the owner's line behind it; without a line the mail alone. A line of the mail that begins as the mark does is pushed in by a ">". */
export function addSteering(email: string, line: string): string {
  const harmless = email.replace(/^[^\S\n\r\u2028\u2029]*how to reply:/gimu, (found) => `> ${found.trimStart()}`);
  return line === "" ? harmless : `${harmless}\n\n${MARK} ${line.replace(/\s+/g, " ").trim()}`;
}

/** What `addSteering` made, taken apart again. */
export function takeSteering(text: string): { email: string; line: string } {
  const found = /\n\nHow to reply: ([^\n]*)$/.exec(text);
  return found === null ? { email: text, line: "" } : { email: text.slice(0, found.index), line: found[1] };
}

/** The mail of a row of replies.jsonl as the model is asked about it: with the owner's line where it had one. */
export function renderAsked({ email, steering = "" }: { email: Email; steering?: string }): string {
  return addSteering(renderEmail(email), steering);
}
