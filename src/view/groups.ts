/** Mails that say nearly the same, so that one look decides on all of them: each joins the first mail that it nearly copies. */
import { createNearCopies, type Email } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";

/** The mails that joined a first one, by their places. */
export interface MailGroup {
  readonly first: number;
  readonly count: number;
}

/** Takes mails one after the other. */
export function createGroups(options: Pick<Recipe["import"], "nearDuplicateJaccard" | "nearDuplicateMinWords">): {
  /** The members of the group that this mail joins, itself included; none while it is alone. */
  add(place: number, email: Pick<Email, "body">): (readonly [place: number, group: MailGroup])[];
} {
  const near = createNearCopies<number>({
    minJaccard: Math.min(MIN_JACCARD, options.nearDuplicateJaccard),
    minWords: Math.min(MIN_WORDS, options.nearDuplicateMinWords),
  });
  const members = new Map<number, number[]>();
  return {
    add(place, { body }) {
      const found = near.look(place, body);
      if (found === null) return [];
      const all = members.get(found.key) ?? [found.key];
      all.push(place);
      members.set(found.key, all);
      const group = { first: found.key, count: all.length };
      return all.map((member) => [member, group] as const);
    },
  };
}

/** ours: import has taken out what is nearly the same word for word; what is left of one template shares two thirds of its runs. */
const MIN_JACCARD = 0.6;
const MIN_WORDS = 10;
