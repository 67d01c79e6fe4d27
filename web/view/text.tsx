/** Strangers' text, as text. */
import type { ComponentChild } from "preact";
import { useMemo } from "preact/hooks";
import { diffWords } from "../../src/metrics/portable.ts";
import { cutAt, type Mark } from "./marks.ts";
import { oneLine, showHidden } from "./plain.ts";

/** On one line, kept from disturbing what stands beside it. */
export function Line({ text, most }: { text: string; most?: number }) {
  return <bdi>{oneLine(text, most)}</bdi>;
}

/** Over as many lines as it has, with stretches of it marked. */
export function Prose({ text, marks = [] }: { text: string; marks?: readonly Mark[] }) {
  const pieces = useMemo(() => cutAt(text, marks), [text, marks]);
  return (
    <div class="prose">
      {pieces.map(({ text, kind }) =>
        kind === null ? showHidden(text) : <mark class={kind}>{showHidden(text)}</mark>,
      )}
    </div>
  );
}

/** A text with what was changed since the one before it. */
export function Changes({ before, after }: { before: string; after: string }) {
  const pieces = useMemo(() => diffWords(before, after), [before, after]);
  if (pieces === null) {
    return (
      <>
        <p class="aside">Too long to mark what changed.</p>
        <Prose text={after} />
      </>
    );
  }
  return (
    <div class="prose">
      {pieces.map(({ kind, before, after }): ComponentChild => {
        const shown = showHidden(kind === "removed" ? before : after);
        if (kind === "added") return <ins>{shown}</ins>;
        return kind === "removed" ? <del>{shown}</del> : shown;
      })}
    </div>
  );
}
