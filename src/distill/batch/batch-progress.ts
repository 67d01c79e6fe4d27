/** How far a wave of batches is. */

/** How far a wave is. */
export interface BatchProgress {
  readonly wave: number;
  readonly batches: number;
  /** Requests of the wave's batches that are not taken in yet, as the provider counts them. */
  readonly requests: number;
  readonly completed: number;
  readonly failed: number;
  /** Since the oldest of them went out. */
  readonly ageMs: number;
  /** Until the next look; null while there is work here. */
  readonly nextPollMs: number | null;
}
