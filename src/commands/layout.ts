/** Text in columns and tables for a terminal: pure, in characters. */

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
        lines.push(rest.slice(0, width));
        rest = rest.slice(width);
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

/** Rows as a table with a head and a rule; columns of numbers are set to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const numeric = head.map((_, column) => rows.every((row) => /^([\d.,+-]|n\/a|%)*$/.test(row[column])));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}
