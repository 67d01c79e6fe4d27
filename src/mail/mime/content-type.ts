/** Content-Type and Content-Disposition with their parameters (RFC 2045 §5.1, RFC 2231), read as mail programs write them: slips and all. */

/** A value and its parameters, names in lower case; parameters stay raw bytes. */
export interface Structured {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const PARAMETER = /([a-z][\w*-]{0,40})[ \t]{0,9}=[ \t]{0,9}("(?:\\.|[^"\\])*"?|[^\s;"]+)/gi;
const MAX_CHARACTERS = 4096;

/** Reads a structured value: semicolons may be missing, quotes open, blanks anywhere. */
export function parseStructured(text: string): Structured {
  const head = text.slice(0, MAX_CHARACTERS).replace(/\s+/g, " ").trim();
  const value = /^"?([^\s;="]{0,120})/.exec(head)![1].toLowerCase();
  const parameters = new Map<string, string>();
  const from = value.includes("=") ? 0 : value.length;
  for (const [, name, raw] of head.slice(from).matchAll(PARAMETER)) {
    const plain = raw.startsWith('"') ? raw.replace(/^"|"$/g, "").replace(/\\(.)/g, "$1") : raw;
    const key = name.toLowerCase().replace(/\*\d{0,3}\*?$/, ""); // continuations are joined
    const known = parameters.get(key);
    if (known === undefined) parameters.set(key, plain);
    else if (/\*\d/.test(name)) parameters.set(key, known + plain);
  }
  return { value, parameters };
}

/** A media type that means something: "text" is text/plain, and so is what cannot be read. */
export function mediaType(value: string): string {
  if (/^[a-z][a-z\d.+-]{0,60}\/[a-z\d*][\w.+*-]{0,80}$/.test(value))
    return value === "text/text" ? "text/plain" : value;
  if (/^multipart\b/.test(value)) return "multipart/mixed";
  return /\bhtml\b/.test(value) ? "text/html" : "text/plain";
}
