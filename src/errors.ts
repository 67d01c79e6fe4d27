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
