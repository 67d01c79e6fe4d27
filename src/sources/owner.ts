/** Whose mailbox it is: the addresses a person writes from, named in the recipe or found from what lies in the Sent folder. */

/** Collects senders in the order of the mailbox, then says who the owner is. */
export interface OwnerGuess {
  add(address: string, wasSent: boolean): void;
  resolve(): Owner;
}

/** The owner of a mailbox; no addresses where nobody is known. */
export interface Owner {
  /** Lower case, sorted. */
  readonly addresses: readonly string[];
  /** Where that is known from. */
  readonly from: "recipe" | "sent" | "login" | null;
}

const MIN_SHARE = 0.05; // of the sent mails: an alias; a rarer sender is a mail that was moved there

/**
 * `named` addresses settle it. Else the most frequent sender of the sent mails is the owner, with every other address that sent
 * at least a twentieth of them; without sent mail the `login` of a mail server, where it is an address.
 */
export function createOwnerGuess(named: readonly string[], login = ""): OwnerGuess {
  const counts = new Map<string, number>();
  let sent = 0;
  return {
    add(address, wasSent) {
      if (!wasSent || !address.includes("@")) return;
      sent++;
      const key = address.toLowerCase();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    resolve() {
      if (named.length > 0)
        return { addresses: [...new Set(named.map((name) => name.trim().toLowerCase()))].sort(), from: "recipe" };
      if (sent === 0) {
        const isAddress = login.includes("@");
        return { addresses: isAddress ? [login.toLowerCase()] : [], from: isAddress ? "login" : null };
      }
      const most = Math.max(0, ...counts.values());
      const addresses = [...counts].filter(([, count]) => count === most || count >= sent * MIN_SHARE);
      return { addresses: addresses.map(([address]) => address).sort(), from: "sent" };
    },
  };
}
