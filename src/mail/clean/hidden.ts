/**
 * Takes out of HTML what a reader does not see, in one linear pass over the tags: comments, head, style and script, and
 * elements hidden by `hidden`, display, visibility, opacity, font size, zero height or width with overflow hidden, mso-hide, text
 * in the colour of its background, or by a class of a style sheet that does one of these. Text hidden from the reader is
 * where injected instructions live.
 *
 * The pass also keeps the tree shallow (elements deeper than MAX_DEPTH lose their tags) and drops end tags that close
 * nothing: both would make the HTML parser behind html-to-text quadratic.
 */
import { readTags, type Tag } from "./tags.ts";

const MAX_DEPTH = 200;
const UNKNOWN = "unknown";
const DROPPED = new Set(
  "head style script title template noscript noembed noframes object applet audio video canvas svg math iframe select datalist textarea button meter progress".split(
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

interface OpenElement {
  readonly name: string;
  /** Its tag was left out of the result. */
  readonly dropped: boolean;
  /** It and all below it is not seen. */
  readonly hidden: boolean;
  readonly background: string;
}

/** The same HTML with hidden parts, comments and useless tags gone. */
export function removeHidden(html: string): string {
  const hiddenClasses = findHiddenClasses(html);
  const page = indexOfTag(html, "<style", 0) < 0 ? "white" : UNKNOWN; // a style sheet may colour anything
  const kept: string[] = [];
  const open: OpenElement[] = [];
  const openCounts = new Map<string, number>();
  let from = 0; // the text since the last tag

  function close(name: string): void {
    if (!openCounts.get(name)) return;
    for (;;) {
      const element = open.pop()!;
      openCounts.set(element.name, openCounts.get(element.name)! - 1);
      if (!element.dropped) kept.push(`</${element.name}>`);
      if (element.name === name) return;
    }
  }

  for (const tag of readTags(html)) {
    if (!open.at(-1)?.hidden) kept.push(html.slice(from, tag.start));
    from = tag.end;
    if (tag.kind === "end") close(tag.name);
    if (tag.kind !== "start") continue;
    while (CLOSES[tag.name]?.includes(open.at(-1)?.name ?? "")) close(open.at(-1)!.name);
    const parent = open.at(-1);
    const rules = parseRules(tag.attributes.get("style") ?? "");
    const background = backgroundOf(tag.attributes, rules) ?? parent?.background ?? page;
    const hidden =
      parent?.hidden ||
      DROPPED.has(tag.name) ||
      isHidden(tag, rules, background) ||
      classesOf(tag).some((name) => hiddenClasses.has(name));
    const dropped = hidden || open.length >= MAX_DEPTH;
    if (!dropped) kept.push(html.slice(tag.start, tag.end));
    if (VOID.has(tag.name) || (tag.selfClosing && hidden && !DROPPED.has(tag.name))) continue;
    if (tag.selfClosing && !dropped) kept.push(`</${tag.name}>`);
    else if (!tag.selfClosing) {
      open.push({ name: tag.name, dropped, hidden, background });
      openCounts.set(tag.name, (openCounts.get(tag.name) ?? 0) + 1);
    }
  }
  if (!open.at(-1)?.hidden) kept.push(html.slice(from));
  return kept.join("");
}

/** The background that an element sets: a colour, UNKNOWN for a picture and the like, undefined where it sets none. */
function backgroundOf(attributes: ReadonlyMap<string, string>, rules: ReadonlyMap<string, string>): string | undefined {
  const text =
    rules.get("background-color") ??
    rules.get("background") ??
    rules.get("background-image") ??
    attributes.get("bgcolor");
  if (text === undefined) return attributes.has("background") ? UNKNOWN : undefined;
  const color = colorName(text);
  return color === "transparent" ? undefined : (color ?? UNKNOWN);
}

function parseRules(text: string): Map<string, string> {
  const rules = new Map<string, string>();
  if (text === "") return rules;
  for (const rule of text
    .slice(0, 4096)
    .toLowerCase()
    .replace(/\/\*[^*]*\*\//g, "")
    .split(";")) {
    const at = rule.indexOf(":");
    if (at > 0)
      rules.set(
        rule.slice(0, at).trim(),
        rule
          .slice(at + 1)
          .replace("!important", "")
          .trim(),
      );
  }
  return rules;
}

function isHidden(tag: Tag, rules: ReadonlyMap<string, string>, background: string): boolean {
  if (tag.attributes.has("hidden") || hides(rules)) return true;
  const color = colorName(rules.get("color") ?? (tag.name === "font" ? tag.attributes.get("color") : undefined));
  return color === "transparent" || (color !== undefined && color === background);
}

const ZERO = /^(?:0+(?:\.0*)?|\.0+)(?:[a-z]+|%)?$/;

function hides(rules: ReadonlyMap<string, string>): boolean {
  const is = (name: string, pattern: RegExp) => pattern.test(rules.get(name) ?? "");
  return (
    is("display", /^none\b/) ||
    is("visibility", /^(?:hidden|collapse)\b/) ||
    is("opacity", ZERO) ||
    is("font-size", ZERO) ||
    is("font-size", /^(?:0?\.\d+|1(?:\.\d+)?)(?:px|pt)$/) ||
    is("mso-hide", /^all\b/) ||
    (is("overflow", /^hidden\b/) && ["height", "max-height", "width", "max-width"].some((name) => is(name, ZERO))) ||
    is("text-indent", /^-\d{3,}/) ||
    (is("position", /^(?:absolute|fixed)\b/) && (is("left", /^-\d{3,}/) || is("top", /^-\d{3,}/)))
  );
}

/** One name for the spellings of white, black and transparent; other colours as they are written. */
function colorName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const color = text.toLowerCase().replace(/\s+/g, "");
  if (/^(?:#fff|#ffffff|rgb\(255,255,255\)|white)$/.test(color)) return "white";
  if (/^(?:#000|#000000|rgb\(0,0,0\)|black)$/.test(color)) return "black";
  if (/^(?:transparent|rgba\([\d.]+,[\d.]+,[\d.]+,0(?:\.0+)?\))$/.test(color)) return "transparent";
  return /^(?:#[\da-f]{3,8}|[a-z]+|rgb\([\d,]+\))$/.test(color) ? color : undefined;
}

function classesOf(tag: Tag): string[] {
  return (tag.attributes.get("class") ?? "").split(/\s+/).filter((name) => name !== "");
}

/** Classes that a rule `.name { … }` outside of @media hides. */
function findHiddenClasses(html: string): Set<string> {
  const found = new Set<string>();
  for (let at = indexOfTag(html, "<style", 0); at >= 0; at = indexOfTag(html, "<style", at)) {
    const end = indexOfTag(html, "</style", at);
    const css = html.slice(at, end < 0 ? undefined : end);
    let depth = 0;
    let selectorFrom = css.indexOf(">") + 1;
    for (let i = selectorFrom; i < css.length; i++) {
      if (css[i] === "}") {
        depth = Math.max(0, depth - 1);
        selectorFrom = i + 1;
      } else if (css[i] === "{") {
        if (depth === 0) addClasses(found, css.slice(selectorFrom, i), css.slice(i + 1, css.indexOf("}", i + 1)));
        depth++;
      }
    }
    if (end < 0) break;
    at = end;
  }
  return found;
}

function addClasses(found: Set<string>, selector: string, rules: string): void {
  if (selector.length > 1000 || !hides(parseRules(rules))) return;
  for (const part of selector.replace(/<!--/g, "").split(",")) {
    const match = /^[a-z\d]{0,10}\.([\w-]+)$/i.exec(part.trim());
    if (match) found.add(match[1]);
  }
}

function indexOfTag(html: string, tag: string, from: number): number {
  const pattern = new RegExp(tag, "gi");
  pattern.lastIndex = from;
  return pattern.exec(html)?.index ?? -1;
}
