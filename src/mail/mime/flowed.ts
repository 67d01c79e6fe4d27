/** text/plain; format=flowed (RFC 3676) undone: lines that were broken for transport are joined, padding is taken off. */

/**
 * Stands before a ">" that is the writer's own and marks no quotation, which only flowed text can tell. A noncharacter that
 * cleanText takes out of every mail, so that none can bring it along; splitQuotes takes it off again.
 */
export const OWN_MARK = "\ufdd0";

/** Joins soft-broken lines of one depth of quotation; `deletesBlank` is DelSp=yes: the blank at a break is no part of the text. */
export function joinFlowed(text: string, { deletesBlank = false } = {}): string {
  const joined: string[] = [];
  let openDepth = -1; // of the line above, when it goes on in the next one
  for (const line of text.split("\n")) {
    const depth = quoteDepth(line);
    const stuffed = line.slice(depth);
    const content = stuffed.startsWith(" ") ? stuffed.slice(1) : stuffed;
    const isSignature = content === "-- ";
    const isOwn = depth === 0 && stuffed !== content && /^\s{0,4}>[^\s>]/.test(content); // "> " was pasted from a quotation
    const isSoft = content.endsWith(" ") && !isSignature;
    const kept = isSoft && deletesBlank ? content.slice(0, -1) : content;
    if (openDepth === depth && !isSignature && joined.length > 0) joined[joined.length - 1] += kept;
    else joined.push(`${depth > 0 ? `${">".repeat(depth)} ` : isOwn ? OWN_MARK : ""}${kept}`);
    openDepth = isSoft ? depth : -1;
  }
  return joined.join("\n");
}

function quoteDepth(line: string): number {
  let depth = 0;
  while (line[depth] === ">" && depth < 100) depth++;
  return depth;
}
