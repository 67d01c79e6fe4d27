/** HTML of a mail to the text that a reader sees: hidden parts are taken out first, links keep their words only, quotes get `> `. */
import { compile } from "html-to-text";
import { removeHidden } from "./hidden.ts";

const MAX_HTML_CHARACTERS = 2_000_000; // far past the length limit of a mail; keeps hostile input cheap

const ownLine = (selector: string) => ({
  selector,
  format: "block",
  options: { leadingLineBreaks: 1, trailingLineBreaks: 1 },
});

const convert = compile({
  formatters: {
    cell: (element, walk, builder) => {
      walk(element.children, builder);
      builder.addInline(" ");
    },
  },
  wordwrap: false,
  limits: { maxInputLength: undefined, ellipsis: "" },
  selectors: [
    { selector: "a", options: { ignoreHref: true } },
    { selector: "img", format: "skip" },
    { selector: "ul", options: { itemPrefix: "- " } },
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
    ...["table", "tr"].map((selector) => ({ selector, format: "block" })),
    ...["td", "th"].map((selector) => ({ selector, format: "cell" })),
    { selector: "hr", format: "block" },
    ...["address", "caption", "center", "dd", "details", "dialog", "dl", "dt", "fieldset", "figcaption"].map(ownLine),
    ...["figure", "hgroup", "legend", "summary"].map(ownLine),
  ],
});

/** The visible text of an HTML body, LF line ends. Linear in its length; never throws. */
export function htmlToText(html: string): string {
  return htmlToMarkedText(html).replace(/[\ufdd0-\ufdef]/g, "");
}

/** The same with marks around what the HTML calls a signature, for splitQuotes. */
export function htmlToMarkedText(html: string): string {
  return convert(removeHidden(html.slice(0, MAX_HTML_CHARACTERS).replace(OWN_MARKS, "")));
}

/** Our own marks, if a mail brings them along: as they are or as a numeric reference. */
const OWN_MARKS = /[\ufdd0-\ufdef]|&#0{0,9}(?:6497[6-9]|649[89]\d|6500[0-7]);?|&#x0{0,9}fd[de][\da-f];?/gi;
