/** Under which addresses a server can be reached, and one of them as a code that a phone's camera reads. */
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { renderUnicodeCompact } from "uqr";

/**
 * The addresses of a server that listens at `url`: the names that were given for it first; for one that listens on every address,
 * those of this machine that others can reach.
 */
export function reachableAddresses(url: string, names: readonly string[]): string[] {
  const { protocol, hostname, port } = new URL(url);
  const listensEverywhere = hostname === "0.0.0.0" || hostname === "[::]";
  const own = listensEverywhere ? outsideAddresses() : [hostname.replace(/^\[|\]$/g, "")];
  return [...names, ...own].map((name) => `${protocol}//${isIP(name) === 6 ? `[${name}]` : name}:${port}`);
}

/** The addresses of this machine's networks, IPv4 first; loopback where it has none. */
function outsideAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  const byFamily = (family: string) => outside.filter((one) => one.family === family).map(({ address }) => address);
  const found = [...byFamily("IPv4"), ...byFamily("IPv6")];
  return found.length > 0 ? found : ["127.0.0.1"];
}

/** A QR code of half blocks with the quiet margin that cameras need (ISO/IEC 18004 §6.3.8: four modules). */
export function drawCode(text: string): string {
  return renderUnicodeCompact(text, { ecc: "M", border: 4 });
}
