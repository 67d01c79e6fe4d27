/** How a steering line stands in a prompt, in training and in use: behind the mail, under a mark that no mail can forge. */

const MARK = "How to reply:";

/** The mail with the owner's line behind it; without a line the mail alone. A line of the mail that begins as the mark does is pushed in by a ">". */
export function addSteering(email: string, line: string): string {
  const harmless = email.replace(/^[^\S\n]*how to reply:/gimu, (found) => `> ${found.trimStart()}`);
  return line === "" ? harmless : `${harmless}\n\n${MARK} ${line.replace(/\s+/g, " ").trim()}`;
}
