/** Text in columns and tables for a terminal: pure, in characters. */
import { cutText } from "../formats/index.ts";

/** Words of `text` in lines of at most `width` characters; a longer word is cut. Line ends and blank lines of the text stay. */
export function wrapText(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/\s+/).filter((word) => word !== "")) {
      let rest = word;
      if (line !== "" && line.length + 1 + rest.length > width) {
        lines.push(line);
        line = "";
      }
      while (rest.length > width) {
        const head = cutText(rest, width) || rest.slice(0, 2); // a character of two units in a window of one
        lines.push(head);
        rest = rest.slice(head.length);
      }
      line = line === "" ? rest : `${line} ${rest}`;
    }
    return [...lines, line];
  });
}

/** Texts under their titles, side by side in `width` characters; one below the other where a column would be too narrow to read. */
export function sideBySide(columns: readonly { title: string; text: string }[], width: number): string {
  const gap = 3;
  const each = Math.floor((width - gap * (columns.length - 1)) / columns.length);
  if (each < 24) {
    return columns
      .map(({ title, text }) =>
        [title, ...wrapText(text, Math.max(20, width - 2)).map((line) => `  ${line}`)].join("\n"),
      )
      .join("\n");
  }
  const cells = columns.map(({ title, text }) => [title, "─".repeat(each), ...wrapText(text, each)]);
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    cells
      .map((lines) => (lines[row] ?? "").padEnd(each))
      .join(" ".repeat(gap))
      .trimEnd(),
  ).join("\n");
}

/** Columns of the window, at most `most`; what goes into a file or another program is not broken. */
export function windowWidth(most = Number.POSITIVE_INFINITY): number {
  return Math.min(process.stdout.columns ?? most, most);
}

/**
 * Rows as a table with a head and a rule, in at most `width` characters; columns of numbers are set to the right. Where it is too wide
 * the widest columns of text are broken at words; where that does not do, each row stands on lines of its own.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width = windowWidth()): string {
  const numeric = head.map((_, column) => rows.every((row) => /^([\d.,+-]|n\/a|%)*$/.test(row[column])));
  const widths = fitColumns([head, ...rows], numeric, width);
  if (widths === null) return rows.map((row) => record(head, row, width)).join("\n\n");
  const line = (cells: readonly string[]) => {
    const broken = cells.map((cell, column) => wrapText(cell, widths[column]));
    return Array.from({ length: Math.max(...broken.map((lines) => lines.length)) }, (_, i) =>
      broken
        .map((lines, column) => {
          const text = lines[i] ?? "";
          return numeric[column] ? text.padStart(widths[column]) : text.padEnd(widths[column]);
        })
        .join("  ")
        .trimEnd(),
    );
  };
  return [...line(head), widths.map((each) => "─".repeat(each)).join("  "), ...rows.flatMap(line)].join("\n");
}

/** No column of text is made narrower than its longest word, or than this where a word is longer. */
const NARROWEST = 14;

/** The widths with which all cells fit; null where none do. */
function fitColumns(
  cells: readonly (readonly string[])[],
  numeric: readonly boolean[],
  width: number,
): number[] | null {
  const of = (column: number, measure: (cell: string) => number) =>
    Math.max(...cells.map((row) => measure(row[column])));
  const widths = numeric.map((_, column) => of(column, (cell) => cell.length));
  const least = numeric.map((isNumber, column) =>
    isNumber
      ? widths[column]
      : Math.min(
          widths[column],
          Math.max(
            1,
            Math.min(
              NARROWEST,
              of(column, (cell) => Math.max(...cell.split(" ").map(({ length }) => length))),
            ),
          ),
        ),
  );
  const total = () => widths.reduce((sum, each) => sum + each + 2, -2);
  for (let over = total() - width; over > 0; over = total() - width) {
    const slack = widths.map((each, column) => each - least[column]);
    const widest = slack.indexOf(Math.max(...slack));
    if (slack[widest] === 0) return null;
    widths[widest] -= Math.min(slack[widest], Math.max(1, Math.ceil(over / 2)));
  }
  return widths;
}

/** A row that no table holds: its first cell, and every other under the name of its column. */
function record(head: readonly string[], [name, ...cells]: readonly string[], width: number): string {
  const lines = cells.map((cell, i) => `${head[i + 1]}: ${cell}`);
  return [
    ...wrapText(name.trim(), width),
    ...lines.flatMap((line) => wrapText(line, width - 2).map((part) => `  ${part}`)),
  ].join("\n");
}
