/** The errors of the whole system. What a person can fix never shows a stack; what is our bug always does. */

/** Something the person at the keyboard can fix; the message says what was wrong, where, and what to do. Exit code 1, no stack. */
export class UserError extends Error {
  override name = "UserError";
}

/** A file that is not what its format says. `message` names path, offset (bytes or line), what was expected and what was found. */
export class FormatError extends UserError {
  override name = "FormatError";
  readonly path: string;
  readonly where: string;

  constructor(details: { path: string; where: string; expected: string; got: string; fix?: string }) {
    const { path, where, expected, got, fix } = details;
    super(`${path}, ${where}: expected ${expected}, got ${got}.${fix ? ` ${fix}` : ""}`);
    this.path = path;
    this.where = where;
  }
}

/** ` Did you mean "epochs"?` where one of `known` is near enough to `typed` to be what was meant; nothing where none is. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const most = Math.max(1, Math.floor(typed.length / 3)); // ours: a third of the letters wrong is another word
  const near = [...known]
    .map((word) => ({ word, distance: editDistance(typed.toLowerCase(), word.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)[0];
  return near === undefined ? "" : ` Did you mean "${near.word}"?`;
}

/** A word as it may be pasted into a shell: a folder with a blank in its name stays one. */
export function pasteable(text: string): string {
  return /^(?:[\w@%+=:,./-]+|[A-Za-z]:\\[\w@%+=:,.\\-]+)$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Letters to add, take out, change or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let [before, last, row] = [[] as number[], [] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    [before, last, row] = [last, row, [i]];
    for (let j = 1; j <= b.length; j++) {
      const changed = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(changed, last[j] + 1, row[j - 1] + 1, isSwap ? before[j - 2] + 1 : changed));
    }
  }
  return row[b.length];
}

/** Throws with `message` when `condition` is false: our own bug, so the stack stays. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message}`);
}

/** Turns a failed write (full disk, read-only folder, missing permission) into a UserError naming the file; other errors pass through. */
export function explainWriteError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "ENOSPC":
      return new UserError(
        `The disk is full: ${path} could not be written. Free some space and run the same command again; it continues where it stopped.`,
      );
    case "EFBIG":
      return new UserError(
        `${path} could not be written: it would grow past the largest file size allowed here (ulimit -f, or the file system's own limit). Raise the limit or choose another folder with --run, and run the same command again; it continues where it stopped.`,
      );
    case "EDQUOT":
      return new UserError(
        `The disk quota is used up: ${path} could not be written. Free some space and run the same command again; it continues where it stopped.`,
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new UserError(
        `${path} cannot be written (${code}). Choose a run folder you may write to with --run, or change its permissions.`,
      );
    default:
      return error;
  }
}
