/** What the phrase tables of this folder hold: one record for each reason why people write mail. */

/** How the sender knows the mailbox owner; decides tone, address and small talk. */
export type Relation = "colleague" | "client" | "supplier" | "stranger" | "friend" | "neighbour";

/** The phrases of one reason to write. Every string is a template of grammar.ts. */
export interface Intent {
  readonly name: string;
  readonly relations: readonly Relation[];
  readonly subjects: readonly string[];
  /** What it is about: the one thing every mail of this intent says. */
  readonly contexts: readonly string[];
  /** Further facts, none, one or two of them. */
  readonly details: readonly string[];
  /**
   * Groups of asks; a mail takes at most one of a group, the first group first. A phrase that starts with "~" is a bare
   * verb phrase ("~send me the {doc}") and gets a wording of request by tone. No groups: the mail asks nothing.
   */
  readonly asks: readonly (readonly string[])[];
  readonly closings: readonly string[];
  /** What a person writes back, in their own words: one is taken for a person-written reply. */
  readonly answers: readonly string[];
}
