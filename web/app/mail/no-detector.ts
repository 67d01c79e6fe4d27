/** Stands where the house loads eld: the app tells languages by language.ts. */
export const eld = undefined;
