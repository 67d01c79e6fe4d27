/** Who writes from a mailbox: a shared one has several people's words under one address. */
import { splitReply } from "../mail/index.ts";

/** A person by the commonest of their names, and the mails under any of them. */
export interface Author {
  readonly name: string;
  readonly mails: number;
}

/** The people behind the From names of a mailbox's own mail, most mails first; names that share a word ("Ann Lee", "Lee, Ann", "Ann") are one person's. */
export function findAuthors(names: readonly string[]): Author[] {
  const counts = new Map<string, number>();
  for (const name of names) if (wordsOf(name).size > 0) counts.set(name, (counts.get(name) ?? 0) + 1);
  const people: { name: string; words: Set<string>; mails: number }[] = [];
  for (const [name, mails] of [...counts].sort((a, b) => b[1] - a[1])) {
    const words = wordsOf(name);
    const known = people.find((person) => [...words].some((word) => person.words.has(word)));
    if (known === undefined) people.push({ name, words, mails });
    else {
      known.mails += mails;
      for (const word of words) known.words.add(word);
    }
  }
  return people.map(({ name, mails }) => ({ name, mails })).sort((a, b) => b.mails - a.mails);
}

/** Whether a From name is one of `author`'s. */
export function isAuthor(name: string, author: string): boolean {
  const words = wordsOf(author);
  return [...wordsOf(name)].some((word) => words.has(word));
}

/** Whether two names are the same, of two words or more, in any order. */
export function isFullName(name: string, other: string): boolean {
  const [words, others] = [wordsOf(name), wordsOf(other)];
  return words.size > 1 && words.size === others.size && [...words].every((word) => others.has(word));
}

/** A name as a line of its own: "Ann", "- Bob Ray". */
const NAME_LINE = /^[-–—~]{0,2}[ \t]*(\p{Lu}\p{Ll}[\p{L}'’-]*(?:[ \t]\p{Lu}[\p{L}.'’-]*){0,2})$/u;

/** The name that a reply is signed with: its last line, where that is a name and no closing formula; "" where it is none. */
export function signerOf(reply: string): string {
  const [last, ...before] = reply.trim().split("\n").reverse();
  const name = before.length === 0 ? undefined : NAME_LINE.exec(last.trim())?.[1];
  const isFormula = name !== undefined && splitReply(`so much for that\n${name}`).signOff === name; // "Regards", "Danke"
  return name === undefined || isFormula ? "" : name;
}

const wordsOf = (name: string) => new Set(name.toLowerCase().match(/\p{L}{2,}/gu) ?? []);
