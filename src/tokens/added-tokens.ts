/** Added tokens of a tokenizer.json: texts such as `[SEP]` or `<mask>` that are found before the model sees the words between them. */

/** An added token as tokenizer.json writes it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly special?: boolean;
}

/** A part of a text: words still to encode, or the id of an added token. */
export type TextPart = string | number;

const wordCharacter = /[\p{L}\p{N}_]/u;
const space = /\s/;

/** A function that cuts text at `tokens`: the leftmost first, of those that start together the longest; lstrip and rstrip eat the spaces beside. */
export function createAddedTokenSplit(tokens: readonly AddedToken[]): (text: string) => TextPart[] {
  const byContent = new Map(tokens.filter(({ content }) => content !== "").map((token) => [token.content, token]));
  if (byContent.size === 0) return (text) => [text];
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst.map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"),
    "gu",
  );

  return (text) => {
    const parts: TextPart[] = [];
    let done = 0;
    for (const match of text.matchAll(pattern)) {
      const token = byContent.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (start < done) continue;
      if (token.single_word && (touchesWord(text, start - 1) || touchesWord(text, end))) continue;
      if (token.lstrip) while (start > done && space.test(text[start - 1])) start--;
      if (token.rstrip) while (end < text.length && space.test(text[end])) end++;
      if (start > done) parts.push(text.slice(done, start));
      parts.push(token.id);
      done = end;
    }
    if (done < text.length) parts.push(text.slice(done));
    return parts;
  };
}

function touchesWord(text: string, at: number): boolean {
  return at >= 0 && at < text.length && wordCharacter.test(text[at]);
}
