/** What of a mail the model does not read, for the app and the add-on: one line, and the words themselves behind it. */
import type { LeftOut } from "../../src/reply/portable.ts";

/** The words of a language that the note needs. */
interface NoteWords {
  readonly leftOut: (count: number) => string;
  readonly leftOutWhy: string;
  readonly leftOutSecret: (gap: string) => string;
}

/** ours: of a longer stretch the beginning tells which it is. */
const MOST_SHOWN = 240;

/** Nothing where the model reads all of the mail. */
export function LeftOutNote({ leftOut, words }: { leftOut: readonly LeftOut[]; words: NoteWords }) {
  if (leftOut.length === 0) return null;
  return (
    <details class="left-out">
      <summary>{words.leftOut(leftOut.length)}</summary>
      <ul>
        {leftOut.map(({ kind, where, text, start }) => (
          <li key={`${where} ${start}`} dir="auto">
            {kind === "secret" ? words.leftOutSecret(text) : shorten(text)}
          </li>
        ))}
      </ul>
      <p>{words.leftOutWhy}</p>
    </details>
  );
}

function shorten(text: string): string {
  const said = text.replace(/\s+/g, " ").trim();
  return said.length > MOST_SHOWN ? `${said.slice(0, MOST_SHOWN - 1)}…` : said;
}
