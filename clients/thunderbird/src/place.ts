/** Puts a reply into what Thunderbird prepared: over quote, signature and whatever the person has written; in place of an earlier one of ours. */

/** What was put into a window, known again by its length and hash: the text itself is not kept. */
export interface Mark {
  readonly length: number;
  readonly hash: string;
}

/** A hash that tells texts apart (FNV-1a, 64 bits). */
export function markOf(text: string): Mark {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  return { length: text.length, hash: hash.toString(16) };
}

function isMarked(text: string, mark: Mark): boolean {
  return text.length === mark.length && markOf(text).hash === mark.hash;
}

/** A plain-text body with `text` on top, and a blank line between it and the rest. An earlier one that was edited since stays. */
export function placePlain(body: string, text: string, last?: Mark): string {
  const isOurs = last !== undefined && isMarked(body.slice(0, last.length), last);
  const rest = (isOurs ? body.slice(last.length) : body).replace(/^\n*/, "");
  return rest === "" ? `${text}\n` : `${text}\n\n${rest}`;
}

/** The same in the document of an HTML body: a block of its own, its lines apart, its direction from its own letters. */
export function placeHtml(page: Document, text: string, last?: Mark): void {
  const { body } = page;
  if (last !== undefined) {
    const first = body.firstElementChild;
    if (first !== null && first === body.firstChild && isMarked(textOf(first), last)) {
      if (first.nextSibling?.nodeName === "BR") first.nextSibling.remove();
      first.remove();
    }
  }
  const block = page.createElement("div");
  block.setAttribute("dir", "auto");
  for (const [index, line] of text.split("\n").entries()) {
    if (index > 0) block.append(page.createElement("br"));
    block.append(page.createTextNode(line));
  }
  body.prepend(block, page.createElement("br"));
}

/** The words of a block with its breaks as line ends. */
function textOf(block: Element): string {
  return [...block.childNodes].map((node) => (node.nodeName === "BR" ? "\n" : (node.textContent ?? ""))).join("");
}
