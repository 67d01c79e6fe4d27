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

/** The same for ours, which reads its base from files. */
export interface OurJob extends Job {
  /** In Hugging Face layout. */
  readonly baseFolder: string;
  /** Where the base is kept in int8. */
  readonly int8Folder: string;
}

export interface Measured {
  /** From the start of the process to the start of its first step. */
  readySeconds: number;
  losses: number[];
  /** One of each timed step: gradients, clipping and AdamW. */
  seconds: number[];
  /** Seconds of all cores together. */
  cpuSeconds: number[];
  peakGiB: number;
}
