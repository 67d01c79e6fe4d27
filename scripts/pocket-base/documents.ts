/**
 * What the shipped base model reads: mail, and tasks made from mail alone, in the chat form it will be used in. No teacher's
 * reply is among them. Copying tasks (who wrote, which dates, which questions) teach a small model to carry names and facts over.
 */
import { type Email, renderEmail } from "../../src/mail/index.ts";
import { createRandom, hashString, type Random } from "../../src/random.ts";
import type { ChatMessage } from "../../src/tokens/index.ts";

/** What a document asks for. */
export type Task = "reply" | "repeat" | "details" | "write" | "subject";

/** One pre-training document; the whole of it carries loss. */
export interface Document {
  readonly id: string;
  readonly task: Task;
  readonly messages: readonly ChatMessage[];
}

/**
 * The documents of a mailbox: each answered mail with the answer a person wrote, and one task for every mail. In every other
 * document the people bear made-up names, so that a name can only be copied and not be known by heart.
 */
export function documentsOf(emails: readonly Email[], replyPrompt: string): Document[] {
  const byId = new Map(emails.map((email) => [email.id, email]));
  return emails.flatMap((email) => {
    const asked = email.answers === null ? undefined : byId.get(email.answers);
    const documents: Document[] = [];
    if (asked) {
      const rename = renamer([asked, email], `${email.id}/reply`);
      documents.push(document(email.id, "reply", replyPrompt, renderEmail(renamed(asked, rename)), rename(email.body)));
    }
    const task = taskOf(email);
    const known = renamed(email, renamer([email], `${email.id}/${task}`));
    documents.push(taskDocument(known, task));
    return documents;
  });
}

/** Repeating and listing details are copying; they are two of three. */
function taskOf(email: Email): Exclude<Task, "reply"> {
  const turn = hashString(email.id) % 12;
  return turn < 3 ? "repeat" : turn < 8 ? "details" : turn < 10 ? "write" : "subject";
}

function taskDocument(email: Email, task: Exclude<Task, "reply">): Document {
  switch (task) {
    case "repeat":
      return document(email.id, task, "Repeat this email.", renderEmail(email), email.body);
    case "details":
      return document(email.id, task, "List the details of this email.", renderEmail(email), detailsOf(email));
    case "write":
      return document(email.id, task, "Write this email.", headOf(email), email.body);
    case "subject":
      return document(
        email.id,
        task,
        "Give this email a subject.",
        `From: ${senderOf(email)}\n\n${email.body}`,
        email.subject,
      );
    default:
      return task satisfies never;
  }
}

/** Replaces the names of the people of these mails, in every other document, by made-up ones; the same name always alike. */
function renamer(emails: readonly Email[], key: string): (text: string) => string {
  const random = createRandom(key);
  if (random.next() < 0.5) return (text) => text;
  const people = emails.flatMap(({ from, to, cc }) => [from, ...to, ...cc]);
  const known = people.flatMap(({ name }) => name.match(/\p{Lu}\p{L}{2,}/gu) ?? []);
  const names = new Map([...new Set(known)].map((name) => [name, madeUpName(random)]));
  if (names.size === 0) return (text) => text;
  const pattern = new RegExp(`(?<!\\p{L})(?:${[...names.keys()].join("|")})(?!\\p{L})`, "gu");
  return (text) => text.replaceAll(pattern, (name) => names.get(name)!);
}

function renamed(email: Email, rename: (text: string) => string): Email {
  const { from, subject, body } = email;
  return { ...email, from: { ...from, name: rename(from.name) }, subject: rename(subject), body: rename(body) };
}

function madeUpName(random: Random): string {
  const [onsets, vowels, ends] = ["bdfghjklmnprstvwyz", "aeiou", ["", "n", "r", "l", "s", "th", "k", "m"]] as const;
  const syllable = () => onsets[random.integer(onsets.length)] + vowels[random.integer(vowels.length)];
  const name = Array.from({ length: 2 + random.integer(2) }, syllable).join("") + ends[random.integer(ends.length)];
  return name[0].toUpperCase() + name.slice(1);
}

function document(emailId: string, task: Task, system: string, user: string, assistant: string): Document {
  return {
    id: `${emailId}/${task}`,
    task,
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
