/** What every preference loss is made of: a pure function from log-probabilities to a loss and its slopes. */

/** A completion as a loss sees it: sums over its tokens of log p, by the model that is trained and by the reference. Nats. */
export interface Scored {
  readonly logp: number;
  readonly reference: number;
  readonly tokens: number;
}

/** The completion that is preferred and the one that is not, to the same mail. */
export interface ScoredPair {
  readonly chosen: Scored;
  readonly rejected: Scored;
}

/** The loss of one pair and its derivatives in the two sums of log p; minus a derivative is the weight on the nll of each token. */
export interface PairLoss {
  readonly loss: number;
  readonly chosen: number;
  readonly rejected: number;
}

export interface LossSettings {
  readonly beta: number;
  /** The margin that SimPO asks for. */
  readonly gamma: number;
}

export type PairMethod = (pair: ScoredPair, settings: LossSettings) => PairLoss;

export const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** log σ(x), exact where σ is near 0 or 1. */
export const logSigmoid = (x: number) => (x >= 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x)));

/** How much likelier the completion is than under the reference, in nats. */
export const logRatio = ({ logp, reference }: Scored) => logp - reference;
