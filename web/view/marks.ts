/** What of a mail comes back in the reply, what of the reply stands nowhere in the mail, and where the words of a search are. */
import { createGrounder, findClaims } from "../../src/checks/portable.ts";

/** A stretch of a text, in UTF-16 units. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  /** In mail and reply; in the reply alone; a word that was searched for. */
  readonly kind: "shared" | "foreign" | "hit";
}

/** Names, dates and numbers in both; those of the reply that the mail does not hold. `known` is what else was known: sender and subject. */
export function compareFacts(mail: string, reply: string, known: string): { mail: Mark[]; reply: Mark[] } {
  const { ungrounded } = createGrounder({ texts: [mail, known] })(reply);
  const foreign = new Set(ungrounded.map(({ at }) => at));
  const claims = findClaims(reply);
  const keys = new Set(claims.filter(({ at }) => !foreign.has(at)).flatMap((claim) => claim.keys));
  const mark =
    (kind: Mark["kind"]) =>
    ({ at, text }: { at: number; text: string }): Mark => ({ from: at, to: at + text.length, kind });
  return {
    mail: findClaims(mail)
      .filter((claim) => claim.keys.some((key) => keys.has(key)))
      .map(mark("shared")),
    reply: claims.map((claim) => mark(foreign.has(claim.at) ? "foreign" : "shared")(claim)),
  };
}

/** Where the words of a search stand, in any case. */
export function findHits(text: string, search: string): Mark[] {
  const low = text.toLowerCase();
  if (low.length !== text.length) return []; // a letter whose small form is longer: places would be wrong
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .flatMap((word) => {
      const found: Mark[] = [];
      for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length))
        found.push({ from: at, to: at + word.length, kind: "hit" });
      return found;
    });
}

/** The text in pieces, each with the mark that it lies in; of marks that overlap the first given counts. */
export function cutAt(text: string, marks: readonly Mark[]): { text: string; kind: Mark["kind"] | null }[] {
  const kept: Mark[] = [];
  for (const mark of marks)
    if (mark.to > mark.from && !kept.some(({ from, to }) => mark.from < to && from < mark.to)) kept.push(mark);
  kept.sort((a, b) => a.from - b.from);
  const pieces: { text: string; kind: Mark["kind"] | null }[] = [];
  let at = 0;
  for (const { from, to, kind } of kept) {
    if (from > at) pieces.push({ text: text.slice(at, from), kind: null });
    pieces.push({ text: text.slice(from, to), kind });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), kind: null });
  return pieces;
}
