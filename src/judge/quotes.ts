/** Evidence must stand in the text that it claims to quote: anything else is made up. */

/** Whether `quote` stands in `text`, apart from letter case, white space, the form of quotation marks and dashes, and "…" for words left out. */
export function isQuoted(quote: string, text: string): boolean {
  const haystack = plain(text);
  const parts = plain(quote)
    .split(/ ?(?:…|\.{3,}|\[…\]) ?/)
    .map((part) => part.replace(/^["']+|(?<!["'])["']+$/g, "").trim())
    .filter((part) => part !== "");
  if (!parts.some((part) => /[\p{L}\p{N}]/u.test(part))) return false;
  let from = 0;
  for (const part of parts) {
    const at = haystack.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

function plain(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u2018\u2019\u201a\u201b\u2032`´]/g, "'")
    .replace(/[\u201c\u201d\u201e\u201f\u2033«»]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, "")
    .replace(/\s+/g, " ")
    .toLowerCase()
    .trim();
}

/** Placeholders in brackets that the mail itself does not hold: "[date]", "{{name}}", "<your name>"; "[NAME_1]" is a mark of our redaction. */
export function findPlaceholders(reply: string, email: string): string[] {
  const found = reply.match(/\[\p{L}[^\][\n]{0,40}\]|\{\{?\s*\p{L}[^{}\n]{0,40}\}?\}|<\p{L}[\p{L} _-]{0,40}>/gu) ?? [];
  return [...new Set(found)].filter(
    (placeholder) => !email.includes(placeholder) && !/^\[[A-Z]+_\d+\]$/.test(placeholder),
  );
}
