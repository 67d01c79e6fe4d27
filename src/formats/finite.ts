/** Whether all values are numbers. */

/** The place of the first value that is no finite number, or -1. */
export function findInfinite(values: Float32Array): number {
  let nothing = 0;
  for (let i = 0; i < values.length; i++) nothing += values[i] * 0; // 0, or NaN: four times faster than asking each value
  return nothing === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
