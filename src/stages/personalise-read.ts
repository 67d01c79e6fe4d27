/** What of an import `personalise` reads: the owner's replies, and what other people wrote. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { readJsonl } from "../formats/index.ts";
import type { Email, Pair } from "../mail/index.ts";
import { hashString } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import {
  type Author,
  type ChosenReplies,
  chooseReplies,
  findAuthors,
  isAuthor,
  isFullName,
  signerOf,
} from "../style/index.ts";

/** The owner's replies, and what the owner is called in their own mail. */
export type OwnReplies = ChosenReplies & { readonly names: readonly string[] };

/** The owner's replies that may be learnt from. UserError where they are too few. */
export async function readOwnReplies(path: string, { style }: Recipe): Promise<OwnReplies> {
  if (!existsSync(path))
    throw new UserError(
      `${path} is not there: import writes it where it knows the owner and keeps mail. Say who you are: 'import.owner=[YOUR@ADDRESS]'; what was left out, and why, import says.`,
    );
  const { pairs, names } = await ofOneAuthor(path, style);
  const chosen = await chooseReplies(pairs);
  if (chosen.replies.length >= style.leastReplies) return { ...chosen, names };
  const why = Object.entries(chosen.leftOut)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`);
  throw new UserError(
    `${path} has ${chosen.replies.length} replies of yours to learn from (left out: ${why.join(", ") || "none"}); below ${style.leastReplies} there is more chance than style in them. ` +
      "Import more of your mail, the folder of sent mail with it, and name every address of yours with import.owner; or lower style.leastReplies.",
  );
}

/** ours: a mailbox is shared where another person wrote, or signed, so much of its own mail. */
const SHARED = 0.2;

/** The pairs of the one person who writes from the mailbox, or of `style.author`. UserError where there are several and none is named. */
async function ofOneAuthor(
  path: string,
  { author }: Recipe["style"],
): Promise<{ pairs: AsyncIterable<Pair>; names: readonly string[] }> {
  const names = new Map<string, string>();
  for await (const { id, from, fromOwner } of readEmailsBeside(path)) if (fromOwner) names.set(id, from.name);
  const signers = new Map<string, string>();
  for await (const { id, fromOwner, reply } of readPairs(path)) if (fromOwner) signers.set(id, signerOf(reply));
  const all = new Set([...names.values(), ...signers.values()]);
  if (author !== null)
    return {
      pairs: keep(readPairs(path), ({ id }) => [names, signers].some((known) => isAuthor(known.get(id) ?? "", author))),
      names: [...all].filter((name) => isAuthor(name, author)),
    };
  const [writers, signing] = [severalOf(names), severalOf(signers)];
  const [several, what] = writers.length > 0 ? [writers, "mails"] : [signing, "replies signed"];
  if (several.length > 0)
    throw new UserError(
      `Several people write from this mailbox (${several.map(({ name, mails }) => `${name}: ${mails} ${what}`).join(", ")}): a style is one person's. Name whose: 'style.author=${several[0].name}'.${writers.length > 0 ? "" : allOfOne(names)}`,
    );
  return { pairs: readPairs(path), names: [...new Set(names.values())] };
}

/** The people of a mailbox, where they are several. */
function severalOf(names: ReadonlyMap<string, string>): Author[] {
  const [first, ...rest] = findAuthors([...names.values()]);
  const others = rest.filter(({ mails }) => mails >= SHARED * names.size);
  return others.length > 0 ? [first, ...others] : [];
}

/** One person may sign in two ways; the name in From then takes in all of it. */
function allOfOne(names: ReadonlyMap<string, string>): string {
  const [first] = findAuthors([...names.values()]);
  return first === undefined
    ? ""
    : ` If all of them are you, name yourself as From does: 'style.author=${first.name}'.`;
}

async function* keep<T>(values: AsyncIterable<T>, test: (value: T) => boolean): AsyncGenerator<T> {
  for await (const value of values) if (test(value)) yield value;
}

/** The mails that import wrote beside the pairs; none where the file is not there. */
async function* readEmailsBeside(pairs: string): AsyncGenerator<Email> {
  const path = join(dirname(pairs), "emails.jsonl");
  if (existsSync(path)) for await (const { value } of readJsonl(path)) yield value as Email; // written by import
}

async function* readPairs(path: string): AsyncGenerator<Pair> {
  for await (const { line, value } of readJsonl(path)) {
    const pair = value as Pair; // checked on the next line
    if (typeof pair?.id !== "string" || typeof pair.reply !== "string" || typeof pair.email?.body !== "string")
      throw new UserError(
        `${path}, line ${line}: no pair (id, email and reply are needed). Run import again to write the file anew.`,
      );
    yield pair;
  }
}

/** ours: with more the verifier gets no better, only slower. */
const MOST_OTHERS = 500;
/** ours: an owner's mail is seldom longer, and a model that answers long ones takes long. */
const MOST_CHARACTERS = 2000;
const MOST_UNANSWERED = 100;

/** What other people wrote in the mailbox. */
export interface Others {
  /** Texts, as far as there are any answers: the same kind as what the owner's are. */
  readonly texts: readonly string[];
  /** Mails that the owner's replies, as far as they are learnt or measured, do not answer. */
  readonly unanswered: readonly Email[];
  /** Addresses that import does not know as the owner's, whose mail bears the owner's full name: it is nobody's here. */
  readonly namesakes: readonly string[];
}

/** The mails beside the pairs; where there are none, the texts are those of the mails that were answered. */
export async function readOthers(pairs: string, { replies, names }: OwnReplies): Promise<Others> {
  const namesakes = new Set<string>();
  const texts = new Set(replies.map(({ email }) => email.body));
  const answered = new Set(replies.map(({ email }) => email.id));
  const unanswered: Email[] = [];
  for await (const email of readEmailsBeside(pairs)) {
    if (email.fromOwner === true) continue;
    if (names.some((name) => isFullName(email.from.name, name))) {
      namesakes.add(email.from.address);
      continue;
    }
    if (email.answers !== null) texts.add(email.body);
    if (!answered.has(email.id) && email.body.length <= MOST_CHARACTERS) unanswered.push(email);
  }
  const draw = <T>(values: readonly T[], textOf: (value: T) => string, most: number) =>
    [...values].sort((a, b) => hashString(textOf(a)) - hashString(textOf(b))).slice(0, most);
  return {
    texts: draw([...texts], (text) => text, MOST_OTHERS),
    unanswered: draw(unanswered, ({ id }) => id, MOST_UNANSWERED),
    namesakes: [...namesakes],
  };
}
