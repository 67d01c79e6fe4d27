/**
 * Conversations by Message-ID, In-Reply-To and References: a mail and all that it names are one thread, whether they are in
 * the mailbox or not. Only ids are held, never text.
 *
 * Equal subjects do not make a thread: "Invoice", "Hello" and "Question" start many conversations, and one
 * false join puts strangers' mails, and both sides of a train/test split, into one group.
 */
import { hashString } from "../random.ts";
import { createDisjointSets } from "./disjoint.ts";
import { createColumn, createIdIndex, createTextIndex } from "./hash-table.ts";

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

/** The places of the kept mails: those that were added with an id, by their number in that order. */
export interface ThreadPlaces {
  readonly count: number;
  id(row: number): string;
  /** -1 for an id that no kept mail has. */
  row(id: string): number;
  /** A number that the mails of one thread have in common. */
  thread(row: number): number;
  /** A name for the thread that stays the same when answers are added to it: the Message-ID it begins with, or another name of it. */
  threadName(row: number): string;
  /** The number of the kept mail that it answers, never in a circle; -1 where there is none. */
  answers(row: number): number;
}

/** Collects mails in the order of the mailbox, then gives each kept one its place. */
export interface Threads {
  /** Gives a name of the mail that a later one may carry in `inReplyTo`. Ids of rows are 16 hexadecimal digits. */
  add(mail: ThreadMail): string;
  resolve(): ThreadPlaces;
}

/** Some 120 bytes a mail: names in one piece of memory, all else in typed arrays. */
export function createThreads(): Threads {
  const names = createTextIndex(hashString); // of each node: a Message-ID, or a name with a blank in it
  const sets = createDisjointSets();
  const rows = createIdIndex(); //        the kept mails
  const nodeOfRow = createColumn();
  const rowOfNode = createColumn(); //    plus 1, for mails of the mailbox that are kept or copies of kept ones
  const flags = createColumn(); //        of nodes: HAS_PARENT, PRESENT
  const parentsFrom = createColumn(); //  of rows: where its parents begin in `parents`; the last one's end is the next one's beginning
  const parents = createColumn();
  let rowCount = 0;
  let parentCount = 0;
  const unsure: { node: number; parents: number[] }[] = [];
  const mark = (node: number, flag: number) => flags.set(node, flags.get(node) | flag);

  function nodeOf(name: string): number {
    const before = names.size;
    const node = names.of(name);
    if (node === before) sets.add();
    return node;
  }

  function add(mail: ThreadMail): string {
    const name = mail.messageId ?? `${ROW}${mail.id ?? mail.copyOf ?? names.size}`;
    const node = nodeOf(name);
    mark(node, PRESENT);
    if (mail.id !== null) {
      rows.add(mail.id);
      nodeOfRow.set(rowCount, node);
      parentsFrom.set(rowCount++, parentCount);
    }
    const row = mail.id !== null ? rowCount - 1 : mail.copyOf === undefined ? -1 : rows.find(mail.copyOf);
    if (row >= 0 && rowOfNode.get(node) === 0) rowOfNode.set(node, row + 1);
    const references = mail.references.map(nodeOf).filter((reference) => reference !== node);
    const replied = mail.inReplyTo.map(nodeOf).filter((parent) => parent !== node);
    for (const [i, reference] of references.entries()) {
      sets.join(node, reference);
      if (i > 0) mark(reference, HAS_PARENT);
    }
    if (mail.inReplyToUnsure) unsure.push({ node, parents: replied });
    else for (const parent of replied) sets.join(node, parent);
    if (references.length > 0 || (replied.length > 0 && !mail.inReplyToUnsure)) mark(node, HAS_PARENT);
    if (mail.conversation !== null) sets.join(node, nodeOf(CONVERSATION + mail.conversation));
    if (mail.outlookThread) sets.join(node, nodeOf(OUTLOOK + mail.outlookThread));
    if (mail.id !== null)
      for (const parent of [...replied, ...references.slice(-1)]) parents.set(parentCount++, parent);
    return name;
  }

  function resolve(): ThreadPlaces {
    for (const { node, parents: ids } of unsure) {
      for (const parent of ids) {
        if (!(flags.get(parent) & PRESENT)) continue;
        sets.join(node, parent);
        mark(node, HAS_PARENT);
      }
    }
    const best = nameThreads();
    const answers = answerRows();
    const setOf = (row: number) => sets.find(nodeOfRow.get(row));
    return {
      count: rowCount,
      id: rows.idOf,
      row: rows.find,
      thread: setOf,
      threadName: (row) => names.get(best[setOf(row)]),
      answers: (row) => answers[row],
    };
  }

  /** Of each row the row that it answers, or -1. */
  function answerRows(): Int32Array {
    const answers = new Int32Array(rowCount).fill(-1);
    const trees = createDisjointSets(names.size);
    const roots = Int32Array.from({ length: names.size }, (_, node) => node); // of the tree of answers that a set of `trees` is
    for (let row = 0; row < rowCount; row++) {
      const node = nodeOfRow.get(row);
      const end = row + 1 < rowCount ? parentsFrom.get(row + 1) : parentCount;
      for (let at = parentsFrom.get(row); at < end; at++) {
        const parent = parents.get(at);
        const answered = rowOfNode.get(parent) - 1;
        if (answered < 0 || answered === row) continue;
        if (roots[trees.find(parent)] !== node && roots[trees.find(node)] === node) {
          const root = roots[trees.find(parent)];
          trees.join(node, parent);
          roots[trees.find(node)] = root;
          answers[row] = answered;
        }
        break;
      }
    }
    return answers;
  }

  /** Of each set, by the node that stands for it, the node with its name: the smallest of those that say most, see rankName. */
  function nameThreads(): Int32Array {
    const best = new Int32Array(names.size).fill(-1);
    const ranks = new Uint8Array(names.size);
    for (let node = 0; node < names.size; node++) {
      const name = names.get(node);
      const set = sets.find(node);
      const rank = rankName(name, (flags.get(node) & HAS_PARENT) !== 0);
      const known = best[set];
      if (known >= 0 && (rank > ranks[set] || (rank === ranks[set] && name >= names.get(known)))) continue;
      best[set] = node;
      ranks[set] = rank;
    }
    return best;
  }

  return { add, resolve };
}

/** The node is named as an answer to something: not the first of its thread. */
const HAS_PARENT = 1;
/** A mail of this name lies in the mailbox. */
const PRESENT = 2;

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
