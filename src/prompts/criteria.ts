/** What a reply is judged by, and the three kinds of call. */

/** Write a reply, judge it, rewrite it with the judge's feedback. */
export const callKinds = ["generate", "judge", "refine"] as const;
export type CallKind = (typeof callKinds)[number];

/** The paper's four criteria (§3.1), in the order of its evaluation prompt. */
export const criteria = ["relevance", "conciseness", "adaptability", "politeness"] as const;
export type Criterion = (typeof criteria)[number];
/** A score in [0, 1] for each criterion. */
export type Scores = Readonly<Record<Criterion, number>>;
/** What the judge says to each criterion. */
export type Feedback = Readonly<Record<Criterion, string>>;

/** The paper's "AverageScore" (§A.1). */
export function averageScore(scores: Scores): number {
  return criteria.reduce((sum, criterion) => sum + scores[criterion], 0) / criteria.length;
}
