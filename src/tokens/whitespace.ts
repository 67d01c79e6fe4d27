/** Whitespace as Python's `str` has it, because chat templates (jinja2) and the reference metrics are written in Python. */

/** The characters of `str.isspace`, as the inside of a regex class. JavaScript's `\s` lacks U+001C–1F and U+0085 and adds U+FEFF. */
export const PYTHON_SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const spaceRun = new RegExp(`[${PYTHON_SPACE}]+`);
const isSpace = new RegExp(`[${PYTHON_SPACE}]`);

/** `str.lstrip()`. */
export function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace.test(text[start])) start++;
  return text.slice(start);
}

/** `str.rstrip()`. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace.test(text[end - 1])) end--;
  return text.slice(0, end);
}

/** `str.strip()`. */
export function trim(text: string): string {
  return trimStart(trimEnd(text));
}

/** `str.split()`: the words between runs of whitespace. */
export function splitWords(text: string): string[] {
  return text.split(spaceRun).filter((word) => word !== "");
}
