/** Options over defaults. */

/** `defaults` with what `options` gives; an option that is undefined counts as not given. */
export function withDefaults<T extends object>(defaults: T, options: Partial<T>): T {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given };
}
