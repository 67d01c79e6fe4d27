/**
 * Takes out of HTML what a reader does not see, in one linear pass over the tags. What is seen is decided where text stands, by what it
 * inherits and what overrides: a child of a `font-size:0` wrapper that sets its own size is seen, and so is one that is visible again
 * below `visibility:hidden`; what display, opacity, a clipped box or `mso-hide` hides stays hidden. Comments, head, style and script go
 * too, and text in the colour of its background. Text hidden from the reader is where injected instructions live.
 *
 * The pass also keeps the tree shallow (elements deeper than MAX_DEPTH lose their tags) and drops end tags that close
 * nothing: both would make the HTML parser behind html-to-text quadratic.
 */
import { SIGNATURE_END, SIGNATURE_START } from "./line.ts";
import { applyStyle, PAGE_STYLE, parseRules, type TextStyle } from "./style.ts";
import { readSheets } from "./style-sheet.ts";
import { readTags, type Tag } from "./tags.ts";

const MAX_DEPTH = 200;
const DROPPED = new Set(
  "head xml style script title template noscript noembed noframes object applet audio video canvas svg math iframe select datalist textarea button meter progress".split(
    " ",
  ),
);
const VOID = new Set(
  "area base basefont bgsound br col embed frame hr img input link meta param source track wbr".split(" "),
);

/** Which open elements an opening tag closes by itself (HTML §13.2.6, the cases that mail has). */
const CLOSES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    "p div table ul ol dl h1 h2 h3 h4 h5 h6 blockquote pre form hr section article"
      .split(" ")
      .map((name) => [name, ["p"]]),
  ),
  ...{ li: ["li", "p"], dt: ["dt", "dd"], dd: ["dt", "dd"], option: ["option"] },
  ...{ td: ["td", "th", "p"], th: ["td", "th", "p"], tr: ["tr", "td", "th", "p"], tbody: ["tr", "td", "th", "p"] },
};

/** What may stand in a head; anything else closes it, since its end tag may be left out (HTML §4.2.1). */
const HEAD_CONTENT = new Set(
  "head title meta link style script base noscript template xml basefont bgsound noframes".split(" "),
);

/** Elements in which mail programs put a signature: Gmail, Thunderbird, Outlook, Yahoo, Zoho, Proton. */
const SIGNATURE =
  /(?:^|[\s])(?:gmail_signature|moz-signature|protonmail_signature_block(?:-user)?|zmail_extra_signature|yahoo[_-]signature|x_?gmail_signature|signature|elementtoproof_signature|ms-outlook-mobile-signature)(?:$|\s)/i;
/** A blockquote that only indents: how Gmail and Outlook write it when a person presses "indent". */
const INDENT = /border(?:-[a-z]+)?:\s{0,3}(?:none|0(?:px)?\b|medium none)/i;

interface OpenElement {
  readonly name: string;
  readonly tag: Tag;
  /** Its tag was left out of the result. */
  readonly dropped: boolean;
  /** It and all below it is not seen, whatever they say. */
  readonly gone: boolean;
  readonly isSignature: boolean;
  readonly style: TextStyle;
}

/** The same HTML with hidden parts, comments and useless tags gone, and marks around what a mail program calls a signature. */
export function removeHidden(html: string): string {
  const sheets = readSheets(html);
  const kept: string[] = [];
  const open: OpenElement[] = [];
  const openCounts = new Map<string, number>();
  let from = 0; // the text since the last tag
  const page: TextStyle = { ...PAGE_STYLE, background: sheets.isEmpty ? PAGE_STYLE.background : undefined };

  function close(name: string): void {
    if (!openCounts.get(name)) return;
    for (;;) {
      const element = open.pop()!;
      openCounts.set(element.name, openCounts.get(element.name)! - 1);
      if (!element.dropped) kept.push(`${element.isSignature ? SIGNATURE_END : ""}</${element.name}>`);
      if (element.name === name) return;
    }
  }

  function addText(end: number | undefined): void {
    const text = html.slice(from, end);
    if (text === "") return;
    if (open.at(-1)?.name === "head" && /\S/.test(text)) close("head");
    const element = open.at(-1);
    if (element ? !element.gone && isSeen(element.style) : true) kept.push(text);
    else if (!element!.gone && /^\s/.test(text)) kept.push(" ");
  }

  for (const tag of readTags(html)) {
    addText(tag.start);
    from = tag.end;
    if (tag.kind === "end") close(tag.name);
    if (tag.kind !== "start") continue;
    if (open.at(-1)?.name === "head" && !HEAD_CONTENT.has(tag.name)) close("head");
    while (CLOSES[tag.name]?.includes(open.at(-1)?.name ?? "")) close(open.at(-1)!.name);
    const parent = open.at(-1);
    const inline = tag.attributes.get("style") ?? "";
    const rules = sheets.rulesOf(tag, parseRules(inline), open);
    const style = applyStyle(parent?.style ?? page, tag, rules);
    const gone = (parent?.gone ?? false) || DROPPED.has(tag.name) || tag.attributes.has("hidden") || style.isBoxHidden;
    const isSignature =
      !VOID.has(tag.name) && SIGNATURE.test(`${tag.attributes.get("class") ?? ""} ${tag.attributes.get("id") ?? ""}`);
    const isIndent =
      tag.name === "blockquote" && INDENT.test(inline) && !/quote|cite/i.test(html.slice(tag.start + 11, tag.end));
    const dropped = gone || isIndent || open.length >= MAX_DEPTH;
    if (!dropped) kept.push(html.slice(tag.start, tag.end), isSignature && !tag.selfClosing ? SIGNATURE_START : "");
    if (isIndent && !gone) kept.push("<p>");
    if (VOID.has(tag.name) || (tag.selfClosing && gone && !DROPPED.has(tag.name))) continue;
    if (tag.selfClosing && !dropped) kept.push(`</${tag.name}>`);
    else if (!tag.selfClosing) {
      open.push({ name: tag.name, tag, dropped, gone, isSignature, style });
      openCounts.set(tag.name, (openCounts.get(tag.name) ?? 0) + 1);
    }
  }
  addText(undefined);
  return kept.join("");
}

const MIN_SEEN_PX = 2;

function isSeen({ isInvisible, fontPx, color, background }: TextStyle): boolean {
  if (isInvisible || fontPx < MIN_SEEN_PX || color === "transparent") return false;
  return color === undefined || color !== background;
}
