/**
 * Strangers' text made fit to be looked at. It is only ever put into text nodes; what is left to guard against are
 * characters that are not seen, or that move what stands beside them.
 */

/** A text over several lines: control characters, direction overrides and hidden tag characters can be seen. Its lines and words stay as they are. */
export function showHidden(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(CONTROLS, inBrackets)
    .replace(/[\u202a-\u202e]/g, inBrackets)
    .replace(/(\u{1f3f4}?)([\u{e0000}-\u{e007f}]+)/gu, (all, flag: string, tags: string) => {
      if (flag !== "") return all; // the flag of a region is written with them
      return `[hidden: ${[...tags].map((tag) => String.fromCodePoint(tag.codePointAt(0)! & 0x7f).replace(CONTROLS, "")).join("")}]`;
    });
}

/** A text on one line, as sender and subject are shown: without line breaks and whatever turns the direction or is not seen. */
export function oneLine(text: string, most = 300): string {
  const line = text
    .slice(0, most * 4)
    .replace(/[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu, "")
    .replace(/\s+/g, " ")
    .replace(CONTROLS, inBrackets)
    .trim();
  return line.length <= most ? line : `${[...line.slice(0, most)].slice(0, -1).join("")}…`;
}

/** All but tab and line feed. */
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Unicode has pictures for them, but few fonts do. */
const inBrackets = (character: string) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`;
