/**
 * Conversations by Message-ID, In-Reply-To and References: a mail and all that it names are one thread, whether they are in
 * the mailbox or not. Only ids are held, never text.
 *
 * Equal subjects do not make a thread: "Invoice", "Hello" and "Question" start many conversations, and one
 * false join puts strangers' mails, and both sides of a train/test split, into one group.
 */
import { createDisjointSets } from "./disjoint.ts";

/** What threading needs of a mail. */
export interface ThreadMail {
  /** The id of the row; null for a mail that is not kept but may join others. */
  readonly id: string | null;
  readonly messageId: string | null;
  readonly inReplyTo: readonly string[];
  /** In-Reply-To may hold addresses: its ids count only if such a mail is in the mailbox. */
  readonly inReplyToUnsure: boolean;
  readonly references: readonly string[];
  /** A conversation named by the source, or null. */
  readonly conversation: string | null;
  /** A conversation named by Outlook's Thread-Index, or null. */
  readonly outlookThread?: string | null;
  /** The id of the kept mail that this one is a copy of: answers to the copy answer that mail. */
  readonly copyOf?: string;
}

/** The place of a kept mail. */
export interface ThreadPlace {
  /** A name for the thread that stays the same when answers are added to it: the Message-ID it begins with, or another name of it. */
  readonly thread: string;
  /** The id of the kept mail that it answers, never in a circle; null where there is none. */
  readonly answers: string | null;
}

/** Collects mails in the order of the mailbox, then gives each kept one its place. */
export interface Threads {
  /** Gives a name of the mail that a later one may carry in `inReplyTo`. */
  add(mail: ThreadMail): string;
  /** By row id. */
  resolve(): Map<string, ThreadPlace>;
}

export function createThreads(): Threads {
  const sets = createDisjointSets();
  const names: string[] = []; //               of each node: a Message-ID, or a name with a blank in it
  const nodes = new Map<string, number>();
  const hasParent: boolean[] = []; //          named as an answer to something: not the first of its thread
  const rows = new Map<number, string>(); //   node -> row id, for mails of the mailbox that are kept or copies of kept ones
  const present = new Set<number>();
  const mails: { id: string; node: number; parents: number[] }[] = [];
  const unsure: { node: number; parents: number[] }[] = [];

  function nodeOf(name: string): number {
    let node = nodes.get(name);
    if (node === undefined) {
      node = sets.add();
      const own = ownCopy(name);
      nodes.set(own, node);
      names.push(own);
      hasParent.push(false);
    }
    return node;
  }

  function add(mail: ThreadMail): string {
    const name = mail.messageId ?? `${ROW}${mail.id ?? mail.copyOf ?? names.length}`;
    const node = nodeOf(name);
    present.add(node);
    const row = mail.id ?? mail.copyOf;
    if (row !== undefined && row !== null && !rows.has(node)) rows.set(node, row);
    const references = mail.references.map(nodeOf).filter((reference) => reference !== node);
    const replied = mail.inReplyTo.map(nodeOf).filter((parent) => parent !== node);
    for (const [i, reference] of references.entries()) {
      sets.join(node, reference);
      if (i > 0) hasParent[reference] = true;
    }
    if (mail.inReplyToUnsure) unsure.push({ node, parents: replied });
    else for (const parent of replied) sets.join(node, parent);
    if (references.length > 0 || (replied.length > 0 && !mail.inReplyToUnsure)) hasParent[node] = true;
    if (mail.conversation !== null) sets.join(node, nodeOf(CONVERSATION + mail.conversation));
    if (mail.outlookThread) sets.join(node, nodeOf(OUTLOOK + mail.outlookThread));
    if (mail.id !== null) mails.push({ id: mail.id, node, parents: [...replied, ...references.slice(-1)] });
    return name;
  }

  function resolve(): Map<string, ThreadPlace> {
    for (const { node, parents } of unsure) {
      for (const parent of parents) {
        if (!present.has(parent)) continue;
        sets.join(node, parent);
        hasParent[node] = true;
      }
    }
    const threadNames = nameThreads();
    const trees = createDisjointSets(names.length);
    const roots = names.map((_, node) => node); // of the tree of answers that a set of `trees` is
    const places = new Map<string, ThreadPlace>();
    for (const { id, node, parents } of mails) {
      const parent = parents.find((candidate) => rows.has(candidate) && rows.get(candidate) !== id);
      let answers: string | null = null;
      if (parent !== undefined && roots[trees.find(parent)] !== node && roots[trees.find(node)] === node) {
        const root = roots[trees.find(parent)];
        trees.join(node, parent);
        roots[trees.find(node)] = root;
        answers = rows.get(parent)!;
      }
      places.set(id, { thread: threadNames.get(sets.find(node))!, answers });
    }
    return places;
  }

  /** The name of each set: the smallest of those that say most, see rankName. */
  function nameThreads(): Map<number, string> {
    const best = new Map<number, { rank: number; name: string }>();
    for (const [node, name] of names.entries()) {
      const set = sets.find(node);
      const known = best.get(set);
      const rank = rankName(name, hasParent[node]);
      if (!known || rank < known.rank || (rank === known.rank && name < known.name)) best.set(set, { rank, name });
    }
    return new Map([...best].map(([set, { name }]) => [set, name]));
  }

  return { add, resolve };
}

/** The same text in memory of its own: a piece cut from a header would keep the whole header alive. */
function ownCopy(text: string): string {
  const copy = Buffer.from(text, "utf8").toString("utf8");
  return copy === text ? copy : text;
}

/** A conversation that the source names, then a mail that answers nothing (a later answer does not change it), then any mail. */
function rankName(name: string, hasParent: boolean): number {
  if (name.startsWith(CONVERSATION)) return 0;
  if (name.startsWith(OUTLOOK)) return 3;
  return hasParent ? 2 : 1;
}

// Message-IDs hold no blanks, so these names cannot meet one.
const CONVERSATION = "conversation ";
const OUTLOOK = "outlook ";
const ROW = "row ";
