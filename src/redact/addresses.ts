/** Mail addresses and IP addresses in a text. */
import { isIPv6 } from "node:net";
import { mergeSpans, type Span } from "./spans.ts";

const LOCAL_CHARACTER = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const LONGEST_LOCAL = 64; // RFC 5321 §4.5.3.1.1
const DOMAIN =
  /(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}(?:xn--[a-z0-9-]{2,59}|\p{L}{2,24})(?![\p{L}\p{N}])|localhost\b/uy;
/** "ann (at) example (dot) com", "ann AT example DOT com": what people write to hide from machines. */
const SPELLED =
  /(?<![\p{L}\p{N}_.+-])[\p{L}\p{N}_.+-]{1,64} ?(?:[([{<] ?at ?[)\]}>]|_at_) ?(?:[\p{L}\p{N}_-]{1,63} ?(?:\.|[([{<] ?(?:dot|\.) ?[)\]}>]|_dot_| dot(?= )) ?){1,4}\p{L}{2,24}(?![\p{L}\p{N}])/giu;
const SHOUTED = /(?<![\w.+-])[\w.+-]{1,64} AT (?:[\w-]{1,63}(?: DOT |\.)){1,4}[A-Za-z]{2,24}\b/g;

/** Addresses, also spelled-out ones. Each `@` is looked at once, at most 64 characters to its left. */
export function findMailAddresses(text: string): Span[] {
  const found: Span[] = [];
  let taken = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const start = localStart(text, at, taken);
    DOMAIN.lastIndex = at + 1;
    const domain = start < at ? DOMAIN.exec(text) : null;
    if (!domain) continue;
    taken = at + 1 + domain[0].length;
    found.push({ start, end: taken });
  }
  if (!/\bat\b|_at_/i.test(text)) return found;
  const spelled = [SPELLED, SHOUTED].flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ({ index, 0: match }) => ({ start: index, end: index + match.length })),
  );
  return mergeSpans([...found, ...spelled]);
}

function localStart(text: string, at: number, from: number): number {
  const first = Math.max(from, at - LONGEST_LOCAL);
  if (text[at - 1] === '"') {
    const quote = text.lastIndexOf('"', at - 2);
    if (quote >= first && !text.slice(quote, at).includes("\n")) return quote;
  }
  let start = at;
  while (start > first && LOCAL_CHARACTER.test(text[start - 1])) start--;
  while (start < at && /[^\p{L}\p{N}_+]/u.test(text[start])) start++; // quotes, bullets and marks around it
  return start;
}

const IPV4 = /(?<![\w.-]|\d[-/])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w-]|\.\d)/g;
const IPV6 = /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/gi;
/** What stands before a version number, a section or a figure of an outline. */
const NUMBERED =
  /(?:\b(?:version|versions|ver|v|release|rel|rev|revision|build|section|sec|chapter|clause|figure|fig|table|step|article|patch|kernel|firmware|linux|mozilla|upgrade[d]?(?: to)?|from|rfc)|§)[\s.:#(-]{0,3}$/i;
const ADDRESS_WORD =
  /\b(?:ip|ips|addr|address|host|hosts|server|gateway|router|ping|subnet|dns|relay|from|connect(?:ed|ion)?|login|port|client|node)\b/i;

/** IPv4 and IPv6 addresses that are somebody's: no loopback, no mask, no version number. */
export function findIpAddresses(text: string): Span[] {
  const found: Span[] = [];
  for (const { index, 0: match } of text.matchAll(IPV4)) {
    if (isPersonalIpv4(match, text.slice(Math.max(0, index - 40), index)))
      found.push({ start: index, end: index + match.length });
  }
  for (const { index, 0: match } of text.matchAll(IPV6)) {
    if (/\d/.test(match) && match.replace(/[^0-9a-f]/gi, "").length > 2 && isIPv6(match))
      found.push({ start: index, end: index + match.length });
  }
  return mergeSpans(found);
}

function isPersonalIpv4(address: string, before: string): boolean {
  const octets = address.split(".").map(Number);
  if (octets[0] === 127 || octets[0] === 0 || octets[0] >= 224) return false; // loopback, masks, multicast
  if (ADDRESS_WORD.test(before)) return true;
  if (NUMBERED.test(before)) return false;
  return octets.some((octet) => octet >= 20) || new Set(octets).size === 1; // 2.4.0.1 is a version, 8.8.8.8 is not
}
