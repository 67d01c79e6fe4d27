/** Text that any reader of UTF-8 and JSON takes: no half of a surrogate pair, which Node lets through and pyarrow refuses. */

/** The text with U+FFFD in the place of each half of a surrogate pair. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd"); // in a pattern with "u" only lone ones match
}

/** At most `most` UTF-16 units of the text, never half a character. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, "");
}

/** JSON whose strings are well-formed: JSON.stringify writes half a pair as an escape. undefined as JSON.stringify has it. */
export function encodeJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  if (!text?.includes("\\ud")) return text;
  return text.replace(
    /(?<!\\)(\\+)ud[89a-f][0-9a-f]{2}/g,
    (whole, slashes: string) => (slashes.length % 2 === 1 ? `${slashes.slice(1)}\ufffd` : whole), // an even number is backslashes before plain letters
  );
}
