/** The style sheets of a mail, as far as they decide what is seen: selectors of tags, classes and ids, outside of @media. */
import { IMPORTANT, parseRules, type Rules } from "./style.ts";
import type { Tag } from "./tags.ts";

/** What style sheets say about an element. */
export interface Sheets {
  readonly isEmpty: boolean;
  /**
   * The declarations of an element within `open` (the outermost first): those of the selectors that name it, the most particular last,
   * then its own. Colours of a sheet are not known to hold: then none is.
   */
  rulesOf(tag: Tag, own: Rules, open: readonly { readonly tag: Tag }[]): Rules;
}

/** What one element of a selector must be. */
interface Compound {
  /** "" where any. */
  readonly tag: string;
  readonly ids: readonly string[];
  readonly classes: readonly string[];
}

interface Rule {
  /** The elements around it, the outermost first, then its own. "a > b" is read as "a b". */
  readonly path: readonly Compound[];
  /** CSS's specificity as one number. */
  readonly weight: number;
  readonly rules: Map<string, string>;
}

/** Properties that sheets are read for. A colour or background of a class only makes the inherited one unknown. */
const READ =
  /^(?:display|visibility|transform|clip|clip-path|opacity|filter|zoom|margin-left|margin-top|font|font-size|mso-hide|overflow|height|max-height|width|max-width|text-indent|position|left|top)$/;
const COLOURS = /^(?:color|background|background-color|background-image)$/;
const SOME_COLOUR = "var(--of-a-class)"; // no colour that has a name

/** Reads every style element of `html`, in linear time. */
export function readSheets(html: string): Sheets {
  const byKey = new Map<string, Rule[]>();
  let isEmpty = true;
  for (let at = indexOfTag(html, "<style", 0); at >= 0; at = indexOfTag(html, "<style", at)) {
    isEmpty = false;
    const end = indexOfTag(html, "</style", at);
    readSheet(html.slice(at, end < 0 ? undefined : end), byKey);
    if (end < 0) break;
    at = end;
  }
  return {
    isEmpty,
    rulesOf(tag, own, open) {
      if (byKey.size === 0) return own;
      const keys = ["*", tag.name, ...classesOf(tag).map((name) => `.${name}`), `#${tag.attributes.get("id") ?? ""}`];
      const found = keys.flatMap((key) => byKey.get(key) ?? []).filter(({ path }) => isAt(path, tag, open));
      if (found.length === 0) return own;
      found.sort((a, b) => a.weight - b.weight); // stable: of equal ones the later rule
      const rules = new Map<string, string>();
      for (const from of [...found.map((rule) => rule.rules), own])
        for (const [property, value] of from) lay(rules, property, value);
      return rules;
    },
  };
}

/** Elements around one that are looked at for a selector: a bound for hostile nesting. */
const MAX_AROUND = 40;

function isAt(path: readonly Compound[], tag: Tag, open: readonly { readonly tag: Tag }[]): boolean {
  if (!isOf(path.at(-1)!, tag)) return false;
  let left = path.length - 1;
  for (let i = open.length - 1; i >= 0 && left > 0 && i >= open.length - MAX_AROUND; i--)
    if (isOf(path[left - 1], open[i].tag)) left--;
  return left === 0;
}

function isOf({ tag: name, ids, classes }: Compound, tag: Tag): boolean {
  if (name !== "" && name !== tag.name) return false;
  if (ids.some((id) => id !== tag.attributes.get("id"))) return false;
  if (classes.length === 0) return true;
  const own = classesOf(tag);
  return classes.every((one) => own.includes(one));
}

const classesByTag = new WeakMap<Tag, readonly string[]>();

function classesOf(tag: Tag): readonly string[] {
  const text = tag.attributes.get("class");
  if (text === undefined) return [];
  const known = classesByTag.get(tag);
  if (known) return known;
  const classes = text.split(/\s+/).filter(Boolean);
  classesByTag.set(tag, classes);
  return classes;
}

function readSheet(css: string, byKey: Map<string, Rule[]>): void {
  let depth = 0;
  let selectorFrom = css.indexOf(">") + 1;
  for (let i = selectorFrom; i < css.length; i++) {
    if (css[i] === "}") {
      depth = Math.max(0, depth - 1);
      selectorFrom = i + 1;
    } else if (css[i] === "{") {
      const end = depth === 0 ? css.indexOf("}", i + 1) : i;
      if (depth === 0) addRule(byKey, css.slice(selectorFrom, i), css.slice(i + 1, end < 0 ? undefined : end));
      depth++;
    }
  }
}

const MAX_SELECTOR_CHARACTERS = 1000;
/** So many selectors of one key are told apart, the first ones: a bound for hostile sheets. */
const MAX_RULES = 24;

function addRule(byKey: Map<string, Rule[]>, selector: string, body: string): void {
  if (selector.length > MAX_SELECTOR_CHARACTERS) return;
  const declared = new Map<string, string>();
  for (const [property, value] of parseRules(body)) {
    if (READ.test(property)) declared.set(property, value);
    else if (COLOURS.test(property)) declared.set(property, SOME_COLOUR);
  }
  if (declared.size === 0) return;
  for (const part of selector.replace(/<!--/g, "").split(",")) {
    const path = readSelector(part);
    if (path === null) continue;
    const { tag, ids, classes } = path.at(-1)!;
    const key = ids.length > 0 ? `#${ids[0]}` : classes.length > 0 ? `.${classes[0]}` : tag || "*";
    const weight = path.reduce(
      (sum, one) => sum + 10_000 * one.ids.length + 100 * one.classes.length + +(one.tag !== ""),
      0,
    );
    const known = byKey.get(key) ?? [];
    const same = known.find((rule) => rule.weight === weight && isSamePath(rule.path, path));
    if (same) for (const [property, value] of declared) lay(same.rules, property, value);
    else if (known.length < MAX_RULES) known.push({ path, weight, rules: new Map(declared) });
    byKey.set(key, known);
  }
}

function lay(rules: Map<string, string>, property: string, value: string): void {
  if (!rules.get(property)?.includes(IMPORTANT) || value.includes(IMPORTANT)) rules.set(property, value);
}

/** The elements that a selector names; null where it says more than tag, class and id (an attribute, a state, a sibling). */
function readSelector(text: string): Compound[] | null {
  const path: Compound[] = [];
  for (const part of text.trim().split(/[\s>]+/)) {
    const match = /^([a-z][a-z\d]{0,15}|\*)?((?:[.#][\w-]{1,100}){0,8})$/i.exec(part);
    if (!match || part === "") return null;
    const names = match[2].match(/[.#][\w-]+/g) ?? [];
    const of = (mark: string) => names.filter((name) => name[0] === mark).map((name) => name.slice(1));
    path.push({ tag: match[1] === "*" ? "" : (match[1] ?? "").toLowerCase(), ids: of("#"), classes: of(".") });
  }
  return path.length <= 6 ? path : null;
}

function isSamePath(a: readonly Compound[], b: readonly Compound[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function indexOfTag(html: string, tag: string, from: number): number {
  const pattern = new RegExp(tag, "gi");
  pattern.lastIndex = from;
  return pattern.exec(html)?.index ?? -1;
}
