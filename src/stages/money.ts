/** Amounts of money as a person reads them. */

/** "$0.0042", "$1.23", "$1,234". */
export function formatUsd(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.1) return `$${usd.toFixed(4)}`;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: usd < 1000 ? 2 : 0, maximumFractionDigits: usd < 1000 ? 2 : 0 })}`;
}
