/** How the next token of a reply is chosen. */

/** How the next token is chosen. */
export interface SamplingOptions {
  /** 0: always the likeliest token. */
  readonly temperature: number;
  /** The likeliest tokens that together reach this probability stay in the draw; 1 keeps all. Unused at temperature 0. */
  readonly topP?: number;
  /** Unused at temperature 0. */
  readonly seed?: number;
  /** Whether the token is forbidden that would end an immediate second copy (loop-ban.ts; `reply.loopBan`). Default true. */
  readonly loopBan?: boolean;
}

/** ours: llama.cpp's own defaults for a draw; a small model's long tail is noise. */
export const DEFAULT_TOP_P = 0.95;
export const TOP_K = 40;
