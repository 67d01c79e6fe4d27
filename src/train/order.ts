/** The order in which examples are seen: a new shuffle each epoch, from a random state that checkpoints keep. */
import { createRandom, type Random, type RandomState } from "../random.ts";

/** Where the walk stands: enough to go on exactly. */
export interface OrderState {
  /** Random state before the shuffle of the current epoch. */
  readonly random: RandomState;
  readonly epoch: number;
  /** Examples of the current epoch that were taken already. */
  readonly taken: number;
}

/** Hands out the indices of each optimiser step. */
export interface Order {
  /** The next `size` indices; fewer at the end of an epoch (a step never crosses epochs, as in transformers' Trainer). */
  next(size: number): number[];
  state(): OrderState;
}

/** Starts a walk over `count` examples from a seed, or goes on from a state. */
export function createOrder(count: number, start: number | string | OrderState): Order {
  const resumed = typeof start === "object" ? start : null;
  const random: Random = createRandom(resumed ? resumed.random : `${start}/order`);
  let epoch = resumed?.epoch ?? 0;
  let taken = resumed?.taken ?? 0;
  let before = random.state();
  let indices = random.shuffle(Array.from({ length: count }, (_, i) => i));
  return {
    next(size) {
      if (taken >= count) {
        epoch++;
        taken = 0;
        before = random.state();
        indices = random.shuffle(Array.from({ length: count }, (_, i) => i));
      }
      const part = indices.slice(taken, taken + size);
      taken += part.length;
      return part;
    },
    state: () => ({ random: before, epoch, taken }),
  };
}

/** Optimiser steps in all: every epoch ends with a step of what is left. */
export function totalSteps(count: number, sequencesPerStep: number, epochs: number): number {
  return Math.ceil(count / sequencesPerStep) * epochs;
}
