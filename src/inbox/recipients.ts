/** Who gets an answer: Reply-To before From, the others of a conversation in copy, a mailing list only where it asks for it. */
import type { ParsedMail, Person } from "../mail/index.ts";

/** The recipients of an answer; nobody stands in both, and none is the owner. */
export interface Recipients {
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
}

/**
 * The recipients of an answer to `mail` by the person with the addresses `owner`. A list (List-Post and kin) gets it only where its
 * Reply-To names the list; `replyAll` false answers the sender alone.
 */
export function recipientsOf(
  mail: Pick<ParsedMail, "from" | "to" | "cc" | "signs">,
  { owner, replyAll }: { owner: readonly string[]; replyAll: boolean },
): Recipients {
  const own = new Set(owner.map((address) => address.toLowerCase()));
  const taken = new Set<string>();
  const fresh = (people: readonly Person[]) =>
    people.filter(({ address }) => {
      const key = address.toLowerCase();
      if (key === "" || own.has(key) || taken.has(key)) return false;
      taken.add(key);
      return true;
    });
  const { replyTo, isDiscussion } = mail.signs;
  const to = fresh(replyTo.length > 0 ? replyTo : [mail.from]);
  const others = replyAll && !isDiscussion ? [...mail.to, ...mail.cc] : [];
  return { to, cc: fresh(others) };
}
