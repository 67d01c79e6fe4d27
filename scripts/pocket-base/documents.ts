/**
 * What the shipped base model reads: mail, and tasks made from mail alone, in the chat form it will be used in. No teacher's
 * reply is among them. Copying tasks (who wrote, which dates, which questions) teach a small model to carry names and facts over.
 */
import { type Email, renderEmail } from "../../src/mail/index.ts";
import { hashString } from "../../src/random.ts";
import type { ChatMessage } from "../../src/text/index.ts";

/** One pre-training document; the whole of it carries loss. */
export interface Document {
  readonly id: string;
  readonly messages: readonly ChatMessage[];
}

/** The documents of a mailbox: each answered mail with the answer a person wrote, and one task for every mail. */
export function documentsOf(emails: readonly Email[], replyPrompt: string): Document[] {
  const byId = new Map(emails.map((email) => [email.id, email]));
  return emails.flatMap((email) => {
    const asked = email.answers === null ? undefined : byId.get(email.answers);
    const documents: Document[] = [];
    if (asked) documents.push(document(`${email.id}/reply`, replyPrompt, renderEmail(asked), email.body));
    const turn = hashString(email.id) % 10;
    if (turn < 6)
      documents.push(
        document(`${email.id}/details`, "List the details of this email.", renderEmail(email), detailsOf(email)),
      );
    else if (turn < 8) documents.push(document(`${email.id}/write`, "Write this email.", headOf(email), email.body));
    else
      documents.push(
        document(
          `${email.id}/subject`,
          "Give this email a subject.",
          `From: ${senderOf(email)}\n\n${email.body}`,
          email.subject,
        ),
      );
    return documents;
  });
}

function document(id: string, system: string, user: string, assistant: string): Document {
  return {
    id,
    messages: [
      { role: "system", content: system },
      { role: "user", content: user },
      { role: "assistant", content: assistant },
    ],
  };
}

function senderOf(email: Email): string {
  return email.from.name || email.from.address;
}

function headOf(email: Email): string {
  return `From: ${senderOf(email)}\nSubject: ${email.subject}`;
}

const weekday = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const month = "(?:January|February|March|April|May|June|July|August|September|October|November|December)";
const patterns: readonly (readonly [string, RegExp])[] = [
  [
    "Days",
    new RegExp(
      `\\b(?:${weekday}(?:,? ${month} \\d{1,2}|,? \\d{1,2} ${month})?|\\d{1,2}(?:st|nd|rd|th)? ${month}|${month} \\d{1,2}|tomorrow|next week|today)\\b`,
      "g",
    ),
  ],
  ["Times", /\b\d{1,2}(?::\d\d)?(?: ?[ap]m| o'clock)\b|\b\d{1,2}:\d\d\b/g],
  ["Amounts", /[$€£]\s?\d[\d,.]*\d|\b\d[\d,.]* (?:euros|dollars|pounds|EUR|USD)\b/g],
  ["Numbers", /#?\b[A-Z]{0,4}-?\d{3,}[\d-]*\b/g],
  ["Names", /\b[A-Z][a-z]+ [A-Z][a-z]+\b/g],
];

/** Facts of the mail, copied from it to the letter. */
function detailsOf(email: Email): string {
  const first = senderOf(email).split(/[\s@,]+/)[0];
  const lines = [`Sender: ${senderOf(email)}`, `First name: ${first}`, `Subject: ${email.subject}`];
  for (const [label, pattern] of patterns) {
    const found = [...new Set(email.body.match(pattern) ?? [])].slice(0, 6);
    if (found.length > 0) lines.push(`${label}: ${found.join("; ")}`);
  }
  const questions = email.body
    .split(/(?<=[.?!])\s+/)
    .filter((sentence) => sentence.endsWith("?"))
    .slice(0, 3);
  for (const question of questions) lines.push(`Question: ${question}`);
  return lines.join("\n");
}
