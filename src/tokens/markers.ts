/**
 * Added tokens are of two kinds. Markers make the frame of a conversation: no text of a mail may become one, whatever their file says
 * (`special: false` stands on turn markers of real models). Ordinary ones are words of the vocabulary and found in any text.
 */
import type { AddedTokenJson } from "./library.ts";
import { renderFrame } from "./template.ts";

/**
 * Parts the added tokens of a tokenizer.json: a marker is special, begins or ends a text, or is a sign (not only letters, digits and spaces)
 * that the chat template writes, in one piece or out of several (`'<|' + role + '|>'`).
 */
export function partAddedTokens(
  added: readonly AddedTokenJson[],
  { template, ends }: { template: string; ends: readonly (string | null)[] },
): { markers: AddedTokenJson[]; ordinary: AddedTokenJson[] } {
  const written = `${template}\n${renderFrame(template)}`;
  const isMarker = ({ content, special }: AddedTokenJson) =>
    special === true || ends.includes(content) || (SIGN.test(content) && written.includes(content));
  return { markers: added.filter(isMarker), ordinary: added.filter((token) => !isMarker(token)) };
}

const SIGN = /[^\p{L}\p{N}\s]/u;
