/** The tags of an HTML text, in one linear pass that no malformed input can slow down. */

/** A start tag, an end tag, or something to leave out (a comment, a declaration). Offsets are into the text. */
export interface Tag {
  readonly kind: "start" | "end" | "comment";
  readonly start: number;
  readonly end: number;
  /** Lower case. */
  readonly name: string;
  readonly selfClosing: boolean;
  readonly attributes: ReadonlyMap<string, string>;
}

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();
const RAW_TEXT = new Set(["script", "style", "title", "textarea", "xmp", "noembed", "noframes", "iframe"]);

/** Gives all tags in order. The content of script, style and other raw-text elements holds none. */
export function* readTags(html: string): Generator<Tag> {
  for (let at = html.indexOf("<"); at >= 0; ) {
    const tag = readTag(html, at);
    if (!tag) {
      at = html.indexOf("<", at + 1);
      continue;
    }
    yield tag;
    at = tag.kind === "start" && RAW_TEXT.has(tag.name) ? findEndTag(html, tag) : html.indexOf("<", tag.end);
  }
}

function readTag(html: string, start: number): Tag | null {
  const next = html.charCodeAt(start + 1);
  if (next === 0x21 || next === 0x3f) {
    // `<!` and `<?`: to "-->" for a comment, else to ">"
    const isComment = html.startsWith("<!--", start);
    const at = html.indexOf(isComment ? "-->" : ">", start + 2);
    const end = at < 0 ? html.length : at + (isComment ? 3 : 1);
    return { kind: "comment", start, end, name: "", selfClosing: false, attributes: NO_ATTRIBUTES };
  }
  const isEnd = next === 0x2f;
  const nameFrom = start + (isEnd ? 2 : 1);
  if (!isLetter(html.charCodeAt(nameFrom))) return null;
  let at = nameFrom;
  while (at < html.length && at - nameFrom < 64 && !isNameEnd(html.charCodeAt(at))) at++;
  const name = html.slice(nameFrom, at).toLowerCase();
  const { end, attributes, selfClosing } = readAttributes(html, at);
  return {
    kind: isEnd ? "end" : "start",
    start,
    end,
    name,
    selfClosing,
    attributes: isEnd ? NO_ATTRIBUTES : attributes,
  };
}

/** From behind the name to behind the ">". */
function readAttributes(
  html: string,
  from: number,
): { end: number; attributes: Map<string, string>; selfClosing: boolean } {
  const attributes = new Map<string, string>();
  let selfClosing = false;
  let at = from;
  while (at < html.length) {
    const code = html.charCodeAt(at);
    if (code === 0x3e) return { end: at + 1, attributes, selfClosing };
    if (isSpace(code) || code === 0x2f) {
      selfClosing = code === 0x2f;
      at++;
      continue;
    }
    selfClosing = false;
    const nameFrom = at++; // at least one character, even "="
    while (at < html.length && !isAttributeEnd(html.charCodeAt(at))) at++;
    const name = html.slice(nameFrom, Math.min(at, nameFrom + 64)).toLowerCase();
    while (at < html.length && isSpace(html.charCodeAt(at))) at++;
    let value = "";
    if (html.charCodeAt(at) === 0x3d) {
      at++;
      while (at < html.length && isSpace(html.charCodeAt(at))) at++;
      const quote = html[at];
      let end: number;
      if (quote === '"' || quote === "'") {
        end = html.indexOf(quote, at + 1);
        if (end < 0) end = html.length;
        value = html.slice(at + 1, end);
        at = end + 1;
      } else {
        end = at;
        while (end < html.length && !isSpace(html.charCodeAt(end)) && html.charCodeAt(end) !== 0x3e) end++;
        value = html.slice(at, end);
        at = end;
      }
    }
    if (!attributes.has(name)) attributes.set(name, decodeEntities(value));
  }
  return { end: html.length, attributes, selfClosing };
}

/** Only what may be used to disguise a style: numeric references. */
function decodeEntities(value: string): string {
  if (!value.includes("&")) return value;
  return value.replace(/&#(?:x([\da-f]{1,6})|(\d{1,7}));?/gi, (whole, hex, decimal) => {
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function findEndTag(html: string, tag: Tag): number {
  const pattern = new RegExp(`</${tag.name}`, "gi");
  pattern.lastIndex = tag.end;
  return pattern.exec(html)?.index ?? -1;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isNameEnd(code: number): boolean {
  return isSpace(code) || code === 0x2f || code === 0x3e;
}

function isAttributeEnd(code: number): boolean {
  return isNameEnd(code) || code === 0x3d;
}
