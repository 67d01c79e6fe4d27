/** What of CSS decides whether text is seen: its own value where an element sets one, else what it inherits. */
import type { Tag } from "./tags.ts";

/** The style of the text in an element. Colours are names as colorName makes them. */
export interface TextStyle {
  readonly fontPx: number;
  /** `visibility`, which a child may undo. */
  readonly isInvisible: boolean;
  /** Of this element alone: its box is not shown, and nothing in it can undo that. */
  readonly isBoxHidden: boolean;
  /** Undefined where it is not known. */
  readonly color: string | undefined;
  /** Undefined where it is not known: a picture, a rule that is not read. */
  readonly background: string | undefined;
}

/** The style of a page without a style sheet. */
export const PAGE_STYLE: TextStyle = {
  ...{ fontPx: 16, isInvisible: false, isBoxHidden: false },
  ...{ color: undefined, background: "white" },
};

/** Declarations by property, lower case. */
export type Rules = ReadonlyMap<string, string>;

const MAX_RULE_CHARACTERS = 4096;

/** The declarations of a style attribute or of the body of a rule; of two of one property the later, or the important one. */
export function parseRules(text: string): Map<string, string> {
  const rules = new Map<string, string>();
  if (text === "") return rules;
  const plain = text
    .slice(0, MAX_RULE_CHARACTERS)
    .toLowerCase()
    .replace(/\/\*[^*]*\*\//g, "");
  for (const rule of plain.split(";")) {
    const at = rule.indexOf(":");
    if (at <= 0) continue;
    const name = rule.slice(0, at).trim();
    const value = rule.slice(at + 1).trim();
    if (!rules.get(name)?.includes(IMPORTANT) || value.includes(IMPORTANT)) rules.set(name, value);
  }
  return rules;
}

/** Marks a declaration that wins over the ones after it. */
export const IMPORTANT = "!important";

/** The style of an element with these declarations in one with that style. */
export function applyStyle(parent: TextStyle, tag: Tag, rules: Rules): TextStyle {
  const value = (name: string) => rules.get(name)?.replace(IMPORTANT, "").trim();
  const visibility = value("visibility");
  return {
    fontPx: fontSize(value("font-size") ?? fontShorthand(value("font")) ?? fontTagSize(tag), parent.fontPx),
    isInvisible:
      visibility === undefined || visibility === "inherit"
        ? parent.isInvisible
        : /^(?:hidden|collapse)\b/.test(visibility),
    isBoxHidden: hidesBox(value),
    color: colorOf(tag, value, parent.color),
    background: backgroundOf(tag, value, parent.background),
  };
}

const ZERO = /^(?:0+(?:\.0*)?|\.0+)(?:[a-z]+|%)?$/;

function hidesBox(value: (name: string) => string | undefined): boolean {
  const is = (name: string, pattern: RegExp) => pattern.test(value(name) ?? "");
  return (
    is("display", /^none\b/) ||
    isFaint(value("opacity")) ||
    isFaint(/^opacity\(\s{0,9}([\d.]{1,9}%?)/.exec(value("filter") ?? "")?.[1]) ||
    is("mso-hide", /^all\b/) ||
    (is("overflow", /^hidden\b/) &&
      (["height", "max-height", "width", "max-width"].some((name) => is(name, ZERO)) ||
        ["height", "width"].every((name) => is(name, /^1px$/)))) ||
    is("clip", /^rect\(\s{0,9}[01](?:px)?(?:[\s,]{1,9}[01](?:px)?){3}\s{0,9}\)/) ||
    is("clip-path", /^(?:inset\(\s{0,9}(?:50|100)%|circle\(\s{0,9}0)/) ||
    is("transform", /^(?:scale[xy]?\(\s{0,9}0+(?:\.0*)?\s{0,9}[,)]|translate[xy]?\(\s{0,9}(?:0,\s{0,9})?-\d{4,})/) ||
    is("zoom", ZERO) ||
    is("text-indent", /^-\d{3,}/) ||
    ["margin-left", "margin-top"].some((name) => is(name, /^-\d{4,}/)) ||
    (is("position", /^(?:absolute|fixed)\b/) && (is("left", /^-\d{3,}/) || is("top", /^-\d{3,}/)))
  );
}

/** ours: what is less opaque than this nobody sees. */
const MIN_SEEN_OPACITY = 0.05;

function isFaint(text: string | undefined): boolean {
  const match = /^(\d{0,3}(?:\.\d{0,9})?)(%?)$/.exec(text ?? "");
  if (!match || match[1] === "" || match[1] === ".") return false;
  return Number(match[1]) / (match[2] === "" ? 1 : 100) < MIN_SEEN_OPACITY;
}

/** Pixels of each unit of length. */
const UNITS: Readonly<Record<string, number>> = {
  px: 1,
  pt: 4 / 3,
  pc: 16,
  in: 96,
  cm: 37.8,
  mm: 3.78,
  rem: 16,
  vw: 10,
  vh: 10,
};

function fontSize(text: string | undefined, parentPx: number): number {
  const match = /^(\d{0,6}(?:\.\d{0,6})?)([a-z%]{0,4})$/.exec(text ?? "");
  if (!match || match[1] === "" || match[1] === ".")
    return text === undefined || text === "inherit" || !/^[a-z-]+$/.test(text) ? parentPx : 16; // "small", "larger"
  const number = Number(match[1]);
  if (match[2] === "em" || match[2] === "ex" || match[2] === "ch") return number * parentPx;
  if (match[2] === "%") return (number / 100) * parentPx;
  return number * (UNITS[match[2]] ?? 1);
}

/** `<font size="3">`, seven sizes (HTML §15.3.4): none is too small to see. */
function fontTagSize({ name, attributes }: Tag): string | undefined {
  return name === "font" && /^\s{0,9}[+-]?\d/.test(attributes.get("size") ?? "") ? "16px" : undefined;
}

/** The size in `font: bold 12px/1.2 Arial`, or `font: 0/0 a`. */
function fontShorthand(text: string | undefined): string | undefined {
  return text === undefined
    ? undefined
    : /(?:^|\s)(0(?=[\s/])|\d{0,6}(?:\.\d{1,6})?(?:px|pt|em|rem|%))(?:[\s/]|$)/.exec(text)?.[1];
}

function colorOf(
  tag: Tag,
  value: (name: string) => string | undefined,
  inherited: string | undefined,
): string | undefined {
  const text = value("color") ?? (tag.name === "font" ? tag.attributes.get("color") : undefined);
  if (text === undefined || text === "inherit") return tag.name === "a" ? undefined : inherited; // a link has its own
  return colorName(text);
}

/** The background that an element sets, or the one behind it. */
function backgroundOf(
  tag: Tag,
  value: (name: string) => string | undefined,
  inherited: string | undefined,
): string | undefined {
  const text =
    value("background-color") ?? value("background") ?? value("background-image") ?? tag.attributes.get("bgcolor");
  if (text === undefined) return tag.attributes.has("background") ? undefined : inherited;
  const color = colorName(text);
  return color === "transparent" ? inherited : color;
}

/** A colour whose fourth part is nothing: #rgb0, rgba(1,2,3,0), hsl(0 0% 0% / 0). */
const NO_ALPHA =
  /^(?:#(?:[\da-f]{3}0|[\da-f]{6}00)|(?:rgb|hsl)a?\((?:(?:[\d.%a-z]{1,12},){3}|[\d.%a-z]{1,40}\/)0{1,4}(?:\.0{0,6})?%?\))$/;

/** One name for the spellings of white, black and transparent; other colours as they are written. */
function colorName(text: string): string | undefined {
  const color = text.toLowerCase().replace(/\s+/g, "");
  if (/^(?:#fff|#ffffff|rgb\(255,255,255\)|white)$/.test(color)) return "white";
  if (/^(?:#000|#000000|rgb\(0,0,0\)|black)$/.test(color)) return "black";
  if (color === "transparent" || NO_ALPHA.test(color)) return "transparent";
  return /^(?:#[\da-f]{3,8}|[a-z]+|rgb\([\d,]+\))$/.test(color) ? color : undefined;
}
