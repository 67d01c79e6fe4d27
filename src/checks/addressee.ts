/** A8: the reply greets who wrote, is signed by the user or nobody, and guesses no gender. */
import type { Person } from "../mail/portable.ts";
import { splitReply } from "../mail/portable.ts";
import { findNames, foldName, nameWords } from "./names.ts";

/** Who is who in a thread. */
export interface Correspondents {
  readonly sender: Person;
  readonly user: Person;
  readonly others: readonly Person[];
  /** All text that was known: a sender who signs with another name may be greeted by it. */
  readonly thread: string;
}

const TITLE =
  /(?<!\p{L})(?:mr|mrs|miss|sir|madam|ma['’]am|herrn?|frau|monsieur|madame|mme|señora?|sra?|signora?|sig|senhora?|meneer|mevrouw)\b/iu;
const NEUTRAL =
  /sir or madam|madam or sir|sir\/madam|damen und herren|madame,? monsieur|heer\/mevrouw|señor(?:es)?\/a|signore e signori/i;

/** What is wrong with greeting or sign-off: the offending line each. */
export function findWrongAddressee(reply: string, people: Correspondents): string[] {
  const { greeting, signOff } = splitReply(reply);
  return [wrongGreeting(greeting, people), guessedGender(greeting, people), wrongSignature(signOff, people)].filter(
    (text) => text !== undefined,
  );
}

function wrongGreeting(greeting: string, { sender, thread }: Correspondents): string | undefined {
  const names = findNames(greeting).map(({ text }) => foldName(text));
  if (names.length === 0) return undefined;
  const own = nameWords(`${sender.name} ${sender.address.split("@")[0].replace(/[._-]/g, " ")} ${signatureOf(thread)}`);
  return names.some((name) => own.has(name) || [...own].some((word) => isShortForm(name, word))) ? undefined : greeting;
}

/** The short lines without a full stop at the end of the newest mail: where its writer signs. */
function signatureOf(thread: string): string {
  const lines = thread
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "");
  const isName = (line: string) => line.trim().split(/\s+/).length <= SIGNATURE_WORDS && !/[.!?]$/.test(line.trim());
  return [...lines.slice(-SIGNATURE_LINES).filter(isName), splitReply(thread).signOff].join("\n");
}

const SIGNATURE_LINES = 3;
const SIGNATURE_WORDS = 4; // in a line
const SHORT_NAME = 3; // letters

function isShortForm(name: string, word: string): boolean {
  return name.length >= SHORT_NAME && word.length >= SHORT_NAME && (word.startsWith(name) || name.startsWith(word));
}

function guessedGender(greeting: string, { sender, thread }: Correspondents): string | undefined {
  const title = TITLE.exec(greeting);
  if (title === null || NEUTRAL.test(greeting)) return undefined;
  const word = title[0].toLowerCase().replace(/n$/, "");
  const known = `${sender.name}\n${thread}`.toLowerCase();
  return new RegExp(`(?<!\\p{L})${word}n?(?!\\p{L})`, "u").test(known) ? undefined : greeting;
}

/** Signed as the sender, or as somebody else of the thread. */
function wrongSignature(signOff: string, { sender, user, others }: Correspondents): string | undefined {
  const names = findNames(signOff, { signOff }).map(({ text }) => foldName(text));
  const own = nameWords(user.name);
  const foreign = [sender, ...others].flatMap(({ name }) => [...nameWords(name)]).filter((word) => !own.has(word));
  return names.some((name) => foreign.includes(name)) ? signOff : undefined;
}
