/** HTML as text: a template whose every value is escaped unless it is HTML already. Mail is hostile; nothing of it becomes markup. */

/** Text that is HTML. */
export interface Html {
  readonly html: string;
}

type Value = string | number | Html | readonly Html[] | null;

/** A template: strings and numbers are escaped, `Html` stands as it is, null is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = parts[0];
  values.forEach((value, i) => {
    text += render(value) + parts[i + 1];
  });
  return { html: text };
}

/** Several pieces as one. */
export function join(pieces: readonly Html[]): Html {
  return { html: pieces.map((piece) => piece.html).join("") };
}

function render(value: Value): string {
  if (value === null) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return isHtml(value) ? value.html : join(value).html;
}

function isHtml(value: Html | readonly Html[]): value is Html {
  return "html" in value;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for an element or a quoted attribute. Characters that HTML forbids, and half of a surrogate pair, become U+FFFD. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character]).replaceAll(FORBIDDEN, "\ufffd");
}

/** Controls but tab, LF and CR; non-characters; lone surrogates. */
const FORBIDDEN = new RegExp(
  String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]` +
    String.raw`|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]`,
  "g",
);
