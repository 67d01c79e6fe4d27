/** What bench/train.ts asks of one trainer, and what each prints: the peer reads and writes the same JSON. */

export interface Job {
  readonly shape: string;
  readonly dtype: "int8" | "float32" | "bfloat16";
  readonly threads: number;
  /** Steps that are timed; one before them is not. */
  readonly runs: number;
  readonly sequences: number;
  readonly sequenceTokens: number;
  /** Tokens of each sequence that carry loss. */
  readonly completionTokens: number;
  readonly rank: number;
}

export interface Measured {
  /** From the start of the process to the end of its first step. */
  firstStepSeconds: number;
  losses: number[];
  /** One of each timed step: gradients, clipping and AdamW. */
  seconds: number[];
  /** Seconds of all cores together. */
  cpuSeconds: number[];
  peakGiB: number;
}
