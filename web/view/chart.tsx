/** One curve over steps or epochs, with its axes. */
import { type Point, thin, ticks } from "./curves.ts";

const WIDTH = 560;
const HEIGHT = 260;
const LEFT = 58;
const BOTTOM = 44; // the unit stands below the numbers, also in a phone's larger letters
const TOP = 10;
const RIGHT = 14;

interface ChartProps {
  readonly title: string;
  readonly unit: "epoch" | "step";
  readonly points: readonly Point[];
  /** A calmer curve over the points, which are then drawn faintly. */
  readonly line?: readonly Point[];
  /** Few points: each is marked. */
  readonly dots?: boolean;
}

export function Chart({ title, unit, points, line, dots = false }: ChartProps) {
  const ys = points.map(({ y }) => y);
  const [low, high] = span(ys);
  const right = Math.max(...points.map(({ x }) => x), Number.MIN_VALUE);
  const px = (x: number) => LEFT + (x / right) * (WIDTH - LEFT - RIGHT);
  const py = (y: number) => TOP + ((high - y) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const path = (list: readonly Point[]) =>
    list.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${px(x).toFixed(1)},${py(y).toFixed(1)}`).join("");
  const last = (line ?? points).at(-1)!;
  const name = `${title} by ${unit}: ${write(points[0].y)} at first, ${write(last.y)} now`;
  return (
    <figure>
      <figcaption>
        <b>{title}</b> <span>{write(last.y)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={name}>
        {ticks(low, high).map((y) => (
          <g key={y}>
            <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={py(y)} y2={py(y)} />
            <text x={LEFT - 8} y={py(y) + 4} text-anchor="end">
              {write(y)}
            </text>
          </g>
        ))}
        {ticks(0, right, 6).map((x) => (
          <text key={x} x={px(x)} y={HEIGHT - BOTTOM + 18} text-anchor="middle">
            {x.toLocaleString("en-US")}
          </text>
        ))}
        <text class="unit" x={WIDTH - RIGHT} y={HEIGHT - 4} text-anchor="end">
          {unit}
        </text>
        <path class={line ? "faint" : "curve"} d={path(thin(points))} />
        {line && <path class="curve" d={path(thin(line))} />}
        {dots && points.map(({ x, y }) => <circle key={x} cx={px(x)} cy={py(y)} r="3" />)}
      </svg>
    </figure>
  );
}

/** The lowest and highest value with a little room; a value that never changes stands in the middle. */
function span(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const room = high > low ? 0.05 * (high - low) : Math.abs(high) * 0.1 || 1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/** Three digits that say something, large and small numbers alike. */
function write(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e6 || size < 1e-3) return value.toExponential(1).replace("e+", "e");
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return `${Number(value.toPrecision(3))}`;
}
