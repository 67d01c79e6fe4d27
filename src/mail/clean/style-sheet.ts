/** The style sheets of a mail, as far as they decide what is seen: rules of one class, outside of @media. */
import { IMPORTANT, parseRules, type Rules } from "./style.ts";
import type { Tag } from "./tags.ts";

/** What style sheets say about an element. */
export interface Sheets {
  readonly isEmpty: boolean;
  /** The declarations of an element: those of its classes, then its own. Colours of a class are not known to hold: then none is. */
  rulesOf(tag: Tag, own: Rules): Rules;
}

/** Properties that sheets are read for. A colour or background of a class only makes the inherited one unknown. */
const READ =
  /^(?:display|visibility|opacity|font|font-size|mso-hide|overflow|height|max-height|width|max-width|text-indent|position|left|top)$/;
const COLOURS = /^(?:color|background|background-color|background-image)$/;
const SOME_COLOUR = "var(--of-a-class)"; // no colour that has a name

/** Reads every style element of `html`, in linear time. */
export function readSheets(html: string): Sheets {
  const classes = new Map<string, Map<string, string>>();
  let isEmpty = true;
  for (let at = indexOfTag(html, "<style", 0); at >= 0; at = indexOfTag(html, "<style", at)) {
    isEmpty = false;
    const end = indexOfTag(html, "</style", at);
    readSheet(html.slice(at, end < 0 ? undefined : end), classes);
    if (end < 0) break;
    at = end;
  }
  return {
    isEmpty,
    rulesOf(tag, own) {
      const names = (tag.attributes.get("class") ?? "").split(/\s+/).filter((name) => classes.has(name));
      if (names.length === 0) return own;
      const rules = new Map<string, string>();
      for (const [property, value] of [...names.flatMap((name) => [...classes.get(name)!]), ...own])
        if (!rules.get(property)?.includes(IMPORTANT) || value.includes(IMPORTANT)) rules.set(property, value);
      return rules;
    },
  };
}

function readSheet(css: string, classes: Map<string, Map<string, string>>): void {
  let depth = 0;
  let selectorFrom = css.indexOf(">") + 1;
  for (let i = selectorFrom; i < css.length; i++) {
    if (css[i] === "}") {
      depth = Math.max(0, depth - 1);
      selectorFrom = i + 1;
    } else if (css[i] === "{") {
      const end = depth === 0 ? css.indexOf("}", i + 1) : i;
      if (depth === 0) addRule(classes, css.slice(selectorFrom, i), css.slice(i + 1, end < 0 ? undefined : end));
      depth++;
    }
  }
}

const MAX_SELECTOR_CHARACTERS = 1000;

function addRule(classes: Map<string, Map<string, string>>, selector: string, body: string): void {
  if (selector.length > MAX_SELECTOR_CHARACTERS) return;
  for (const part of selector.replace(/<!--/g, "").split(",")) {
    const name = /^[a-z\d]{0,10}\.([\w-]{1,100})$/i.exec(part.trim())?.[1];
    if (name === undefined) continue;
    const rules = classes.get(name) ?? new Map<string, string>();
    for (const [property, value] of parseRules(body)) {
      if (READ.test(property)) rules.set(property, value);
      else if (COLOURS.test(property)) rules.set(property, SOME_COLOUR);
    }
    classes.set(name, rules);
  }
}

function indexOfTag(html: string, tag: string, from: number): number {
  const pattern = new RegExp(tag, "gi");
  pattern.lastIndex = from;
  return pattern.exec(html)?.index ?? -1;
}
