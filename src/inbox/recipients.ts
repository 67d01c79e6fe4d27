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
  const own = new Set(owner.map(mailboxOf));
  const taken = new Set<string>();
  const fresh = (people: readonly Person[]) =>
    people.filter(({ address }) => {
      const key = address.toLowerCase();
      if (key === "" || own.has(mailboxOf(key)) || taken.has(key)) return false;
      taken.add(key);
      return true;
    });
  const { replyTo, isDiscussion } = mail.signs;
  const asked = fresh(replyTo);
  const to = asked.length > 0 ? asked : fresh([mail.from]); // a Reply-To without an address, or to the owner, asks for nothing
  const others = replyAll && !isDiscussion ? [...mail.to, ...mail.cc] : [];
  return { to, cc: fresh(others) };
}

/** The mailbox that an address leads to: what stands behind a "+" is the owner's own mark (RFC 5233). */
function mailboxOf(address: string): string {
  const at = address.lastIndexOf("@");
  const mark = address.indexOf("+", 1);
  const isMarked = mark > 0 && mark < at;
  return (isMarked ? address.slice(0, mark) + address.slice(at) : address).toLowerCase();
}
