/** What the person has switched on in the panel, kept in this profile. */

/** All of it is off at first. */
export interface Choices {
  /** Replies in their own words, which personalise has learnt. */
  readonly isOwnStyle: boolean;
  /** What they change in a draft before they send it goes to the server on this machine, to be learnt from. */
  readonly isLearning: boolean;
}

const KEPT = "choices";

export function readChoices(): Choices {
  return { isOwnStyle: false, isLearning: false, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
}

export function keepChoices(change: Partial<Choices>): Choices {
  const choices = { ...readChoices(), ...change };
  localStorage.setItem(KEPT, JSON.stringify(choices));
  return choices;
}
