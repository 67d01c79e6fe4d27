/**
 * Charts as inline SVG. Every x is a percentage, so that a chart is as wide as its place while its lettering keeps its size; names and
 * figures stand beside the marks as text, so nothing depends on colour or on a legend.
 */
import { type Html, html, join } from "./html.ts";

/** A percentage of the width. */
const at = (value: number, max: number) => `${(100 * Math.min(1, Math.max(0, value / max))).toFixed(3)}%`;

/** One row of a dot chart: a score with its interval. */
export interface Dot {
  readonly name: string;
  readonly note?: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly label: string;
  readonly kind: "model" | "control" | "ceiling";
}

/** Scores with their intervals, one below the other, from 0 to a round number above the largest. */
export function dotChart(rows: readonly Dot[], unit: string): Html {
  const max = roundUp(Math.max(...rows.map(({ high, value }) => Math.max(high, value))));
  const model = rows.find(({ kind }) => kind === "model");
  const items = rows.map(
    ({ name, note = "", value, low, high, label, kind }) => html`<li class="${kind}">
<span class="name">${name}${note === "" ? null : html` <small>${note}</small>`}</span>
<svg class="track" height="22" aria-hidden="true"><line class="rail" x1="0" x2="100%" y1="11" y2="11"/>${
      model === undefined
        ? null
        : html`<line class="mark" x1="${at(model.value, max)}" x2="${at(model.value, max)}" y1="0" y2="22"/>`
    }<line class="span" x1="${at(low, max)}" x2="${at(high, max)}" y1="11" y2="11"/><circle class="dot" cx="${at(value, max)}" cy="11" r="5.5"/></svg>
<span class="value">${label}</span></li>`,
  );
  return html`<ol class="dots">${join(items)}<li class="axis"><span class="name"></span>${axis(max, unit)}<span class="value"></span></li></ol>`;
}

function axis(max: number, unit: string): Html {
  const ticks = [0, 0.5, 1].map((part) => {
    const anchor = part === 0 ? "start" : part === 1 ? "end" : "middle";
    return html`<text x="${100 * part}%" y="12" text-anchor="${anchor}">${max * part}${part === 1 ? ` ${unit}` : ""}</text>`;
  });
  return html`<svg class="track" height="16" aria-hidden="true">${join(ticks)}</svg>`;
}

/** A round number not below `value`: 1, 2 or 5 times a power of ten, or a whole ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value - 1e-9)!;
  return Number((step * power).toPrecision(3)); // without the dust of 0.1 × 3
}

/** One bar with what it is compared with: a tick. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly label: string;
  readonly tick?: number;
  readonly note?: Html;
}

/** Counts or shares as bars. */
export function barChart(rows: readonly Bar[], options: { max?: number; kind?: "bad" | "plain" } = {}): Html {
  const { max = roundUp(Math.max(...rows.map(({ value, tick = 0 }) => Math.max(value, tick)))), kind = "plain" } =
    options;
  const items = rows.map(
    ({ name, value, label, tick, note }) => html`<li class="${kind}">
<span class="name">${name}</span>
<svg class="track" height="16" aria-hidden="true"><rect class="rail" width="100%" height="12" y="2" rx="2"/><rect class="bar" width="${at(value, max)}" height="12" y="2" rx="2"/>${
      tick === undefined ? null : html`<line class="tick" x1="${at(tick, max)}" x2="${at(tick, max)}" y1="0" y2="16"/>`
    }</svg>
<span class="value">${label}</span>${note ?? null}</li>`,
  );
  return html`<ol class="bars">${join(items)}</ol>`;
}

const BINS = 20;

/** How values from 0 to 100 are spread: one bin each five points, the mean marked. `kind` colours it. */
export function histogram(name: string, values: readonly number[], kind: "model" | "control" | "ceiling"): Html {
  const bins = new Array<number>(BINS).fill(0);
  for (const value of values) bins[Math.min(BINS - 1, Math.max(0, Math.floor((value / 100) * BINS)))]++;
  const most = Math.max(...bins);
  const height = 64;
  const bars = bins.map((bin, i) => {
    const barHeight = bin === 0 ? 0 : Math.max(2, (bin / most) * (height - 6));
    return html`<rect class="bar" x="${((100 * i) / BINS + 0.25).toFixed(2)}%" y="${(height - barHeight).toFixed(1)}" width="${(100 / BINS - 0.5).toFixed(2)}%" height="${barHeight.toFixed(1)}"/>`;
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  const ticks = [0, 50, 100].map((tick) => {
    const anchor = tick === 0 ? "start" : tick === 100 ? "end" : "middle";
    return html`<text x="${tick}%" y="${height + 14}" text-anchor="${anchor}">${tick}</text>`;
  });
  return html`<figure class="histogram ${kind}"><figcaption><b>${name}</b> <span>mean ${mean.toFixed(1)}, median ${median.toFixed(1)}</span></figcaption>
<svg height="${height + 18}" role="img" aria-label="${`${name}: ${values.length} replies, mean ${mean.toFixed(1)}`}">${join(bars)}<line class="rail" x1="0" x2="100%" y1="${height}" y2="${height}"/><line class="mean" x1="${at(mean, 100)}" x2="${at(mean, 100)}" y1="0" y2="${height}"/>${join(ticks)}</svg></figure>`;
}

/** A line of a curve: points with x and y as they are. */
export interface Curve {
  readonly name: string;
  readonly kind: "model" | "control";
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Curves over one x axis (steps), y from the smallest to the largest value, each named at its end. */
export function curveChart(curves: readonly Curve[], xName: string): Html {
  const points = curves.flatMap(({ points }) => points);
  const xMax = Math.max(1, ...points.map(({ x }) => x));
  const [low, high] = [Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y))];
  const pad = high > low ? 0.06 * (high - low) : 0.5;
  const [bottom, top] = [low - pad, high + pad];
  const height = 150;
  const y = (value: number) => height * (1 - (value - bottom) / (top - bottom));
  const paths = curves.map(({ kind, points }) => {
    const line = points.map(({ x, y: value }) => `${((1000 * x) / xMax).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    return html`<polyline class="curve ${kind}" points="${line}" vector-effect="non-scaling-stroke"/>`;
  });
  const marks = curves.flatMap(({ kind, points }) =>
    points.length > 30
      ? []
      : points.map(
          ({ x, y: value }) =>
            html`<circle class="point ${kind}" cx="${at(x, xMax)}" cy="${y(value).toFixed(1)}" r="2.5"/>`,
        ),
  );
  const levels = [low, high].map(
    (value) =>
      html`<line class="rail" x1="0" x2="100%" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/><text x="0" y="${(y(value) - 4).toFixed(1)}">${value.toFixed(2)}</text>`,
  );
  const ends = curves.map(
    ({ name, kind, points }) => html`<span class="${kind}"><i></i>${name} ${points.at(-1)!.y.toFixed(3)}</span>`,
  );
  return html`<figure class="curves"><figcaption>${join(ends)}</figcaption>
<svg height="${height + 18}" role="img" aria-label="${curves.map(({ name, points }) => `${name} from ${points[0].y.toFixed(3)} to ${points.at(-1)!.y.toFixed(3)}`).join("; ")}">${join(levels)}<svg x="0" y="0" width="100%" height="${height}" viewBox="0 0 1000 ${height}" preserveAspectRatio="none">${join(paths)}</svg>${join(marks)}<text x="0" y="${height + 14}">${xName} 0</text><text x="100%" y="${height + 14}" text-anchor="end">${xMax}</text></svg></figure>`;
}
