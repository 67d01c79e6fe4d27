/**
 * Text of strangers inside a prompt: fenced by a random line that its writer cannot know, so that nothing inside
 * can pretend to be the end of it.
 *
 *     -----BEGIN EMAIL 5f0c9a3d1e2b4c67-----
 *     …
 *     -----END EMAIL 5f0c9a3d1e2b4c67-----
 */
import { createHash } from "node:crypto";

/** The first 16 hex digits of the SHA-256 of `text`: names a text, and fences it. */
export function digest(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex").slice(0, 16);
}

/** `text` between a BEGIN and an END line that carry its own digest (so the mail would have to contain its own hash to close the fence). */
export function fence(label: string, text: string): string {
  const key = digest(text);
  return `-----BEGIN ${label} ${key}-----\n${text}\n-----END ${label} ${key}-----`;
}

/**
 * Reads back the first text fenced under `label` at or after `from`: the text and the offset behind its END line, or null.
 * Read blocks in order, each from the end of the one before, so that a block faked inside a mail is never seen.
 */
export function unfence(label: string, message: string, from = 0): { text: string; end: number } | null {
  const pattern = new RegExp(`^-----BEGIN ${label} ([0-9a-f]{16})-----\n`, "gm");
  pattern.lastIndex = from;
  const begin = pattern.exec(message);
  if (!begin) return null;
  const endLine = `\n-----END ${label} ${begin[1]}-----`;
  const end = message.indexOf(endLine, pattern.lastIndex);
  return end < 0 ? null : { text: message.slice(pattern.lastIndex, end), end: end + endLine.length };
}
