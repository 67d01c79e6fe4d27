/** Spans of a text: start, end and kind of each private detail. */

/** A part of a text, from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The spans in order, those that overlap made one. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const kept: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept[kept.length - 1];
    if (!last || span.start >= last.end) kept.push(span);
    else if (span.end > last.end) kept[kept.length - 1] = { start: last.start, end: span.end };
  }
  return kept;
}

/** What of `spans` is in none of `taken`; both in order and without overlaps. */
export function subtractSpans(spans: readonly Span[], taken: readonly Span[]): Span[] {
  const left: Span[] = [];
  let next = 0;
  for (const { start, end } of spans) {
    while (next < taken.length && taken[next].end <= start) next++;
    let from = start;
    for (let i = next; i < taken.length && taken[i].start < end; i++) {
      if (taken[i].start > from) left.push({ start: from, end: taken[i].start });
      from = Math.max(from, taken[i].end);
    }
    if (from < end) left.push({ start: from, end });
  }
  return left;
}

/** `text` of the same length with line ends in place of the spans (in order, apart): no pattern of one line reaches across them. */
export function blankSpans(text: string, spans: readonly Span[]): string {
  return replaceSpans(text, spans, ({ start, end }) => "\n".repeat(end - start));
}

/** `text` with each span (in order, apart) replaced. */
export function replaceSpans<T extends Span>(
  text: string,
  spans: readonly T[],
  replacement: (span: T) => string,
): string {
  if (spans.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const span of spans) {
    parts.push(text.slice(from, span.start), replacement(span));
    from = span.end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}
