/** A reply of list mail as it would be written today: lines that only a mail program broke are whole again, marks of what was left out are gone. */

/** A line that says only that something was left out: "[...]", "<snip>". */
const ELISION = /^[^\S\n]*(?:[[(<{]\s*(?:\.{2,}|…|snip\w*)\s*[\])>}]|\.{3,}|…)[^\S\n]*$/i;
/** ours: mail programs break lines between these columns. */
const [LEAST_WIDTH, MOST_WIDTH] = [50, 80];

/** Lines are joined where the first word of the next would not have fitted behind them; lists, code and short lines stay. */
export function tidyReply(reply: string): string {
  const lines = reply.split("\n").filter((line) => !ELISION.test(line));
  const width = Math.max(0, ...lines.map((line) => line.trimEnd().length).filter((length) => length <= MOST_WIDTH));
  const tidied: string[] = [];
  let last = ""; // the line before, as it was broken
  for (const line of lines) {
    const [first] = line.split(/\s/, 1);
    const { length } = last.trimEnd();
    const isFull = width >= LEAST_WIDTH && length > 0 && length <= MOST_WIDTH && length + 1 + first.length > width;
    if (isFull && GOES_ON.test(line)) tidied[tidied.length - 1] = `${tidied[tidied.length - 1].trimEnd()} ${line}`;
    else tidied.push(line);
    last = line;
  }
  return tidied
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** No item of a list, no code, no quote. */
const GOES_ON = /^(?![-*•–>#$|]\s)(?!\d{1,2}[.)]\s)[\p{L}\p{N}"'“„«([%/:;*_-]/u;
