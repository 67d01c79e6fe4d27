/**
 * When a run ends before all mails are done: exactly N accepted, a budget of money, a budget of time. No mail is begun that a
 * rule may make superfluous, so nothing is paid for that is not used.
 */
import type { CallMoney } from "./call.ts";

/** The rules, as the recipe names them. */
export type StopRule = "accept" | "budgetUsd" | "budgetMinutes";

/** A rule is met: the run ends here, and goes on when the rule is changed. Never shown as an error. */
export class StopRuleMet extends Error {
  override name = "StopRuleMet";
  readonly rule: StopRule;

  constructor(rule: StopRule, message: string) {
    super(message);
    this.rule = rule;
  }
}

/** How a mail came to rest. */
export type MailEnd = "accept" | "reject" | "deferred";

/** Says when the next mail may be begun. */
export interface Opening {
  /** Waits until a fresh mail is wanted; false where none is while nothing runs that could change it. */
  wanted(running: () => number): Promise<boolean>;
  /** A fresh mail is begun. */
  open(): void;
  /** A mail came to rest; `paid`: calls were made for it in this session. */
  close(end: MailEnd, paid: boolean): void;
  /** Something changed: who waits looks again. */
  changed(): void;
}

/**
 * With `accept`, a mail is begun only while even the acceptance of all that are undecided would leave the number short. The mails
 * begun are then exactly the first ones, in their order, among which so many are accepted: whatever the concurrency, and
 * without one call too many. With a budget of money, a mail is begun only while those already begun can still be paid.
 */
export function createOpening(options: {
  accept: number | null;
  money: Pick<CallMoney, "budget">;
  concurrency: number;
}): Opening {
  const { accept, concurrency } = options;
  const { budget } = options.money;
  const spentBefore = budget?.spentUsd ?? 0;
  let accepted = 0;
  let undecided = 0; // begun, and neither accepted nor rejected
  let paidMails = 0; // decided in this session, with calls
  let wake = () => {};

  function isWanted(): boolean {
    return accept === null || accepted + undecided < accept;
  }

  function isAffordable(): boolean {
    if (!budget || undecided === 0) return true; // the calls themselves never pass the budget
    if (paidMails === 0) return undecided < concurrency;
    const perMailUsd = (budget.spentUsd - spentBefore) / paidMails;
    return budget.spentUsd + budget.reservedUsd + perMailUsd * (undecided + 1) <= budget.limitUsd;
  }

  return {
    async wanted(running) {
      for (;;) {
        if (isWanted() && isAffordable()) return true;
        if (running() === 0) return false;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    open: () => void undecided++,
    close(end, paid) {
      if (end !== "deferred") undecided--;
      if (end === "accept") accepted++;
      if (end !== "deferred" && paid) paidMails++;
    },
    changed: () => wake(),
  };
}
