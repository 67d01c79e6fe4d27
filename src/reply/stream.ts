/** From the bytes of tokens to text that may be shown at once: whole characters, no stop string, no space at the ends. */
import { trimEnd, trimStart } from "../tokens/portable.ts";

/** Text as it grows. The pieces returned by `push`, put together, are the reply. */
export interface TextStream {
  /** Takes the bytes of one token; returns what may be shown now, often nothing. */
  push(bytes: Uint8Array): string;
  /** Returns what was held back as the possible start of a stop string; a cut character and spaces at the end are dropped. */
  end(): string;
  /** Whether a stop string was met; it is not part of the text, and nothing follows. */
  readonly stopped: boolean;
}

/** A stream that ends before the first of the `stop` strings. */
export function createTextStream(stop: readonly string[] = []): TextStream {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let held = "";
  let started = false;
  let stopped = false;

  function release(length: number): string {
    const whole = trimEnd(held.slice(0, length)).length;
    const text = started ? held.slice(0, whole) : trimStart(held.slice(0, whole));
    started ||= text !== "";
    held = held.slice(whole);
    return text;
  }

  return {
    push(bytes) {
      if (stopped) return "";
      held += decoder.decode(bytes, { stream: true });
      const cut = firstStop(held, stop);
      if (cut < 0) return release(held.length - startedStop(held, stop));
      stopped = true;
      return release(cut);
    },
    end() {
      const text = stopped ? "" : release(held.length);
      held = "";
      return text;
    },
    get stopped() {
      return stopped;
    },
  };
}

/** Where the stop string that is complete first begins, or -1: so the cut does not depend on how the text came in. */
function firstStop(text: string, stop: readonly string[]): number {
  let begin = -1;
  let end = Number.POSITIVE_INFINITY;
  for (const word of stop) {
    const index = text.indexOf(word);
    if (index < 0 || index + word.length > end || (index + word.length === end && index > begin)) continue;
    begin = index;
    end = index + word.length;
  }
  return begin;
}

/** The length of the longest end of `text` that is the start of a stop string. */
function startedStop(text: string, stop: readonly string[]): number {
  let longest = 0;
  for (const word of stop) {
    for (let length = Math.min(word.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(word.slice(0, length))) longest = length;
    }
  }
  return longest;
}
