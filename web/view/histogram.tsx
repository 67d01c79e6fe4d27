/** How a number is spread over the mails, stacked by status; a range is chosen by dragging, by a bar, or in the two fields. */
import { useState } from "preact/hooks";
import type { Bin, Status } from "../../src/view/api.ts";
import { lastOf, whole } from "./words.ts";

export interface Range {
  readonly from: number | null;
  readonly to: number | null;
}

const WIDTH = 240;
const HEIGHT = 64;
const stack = ["accepted", "rejected", "open"] as const satisfies readonly Status[];

interface HistogramProps {
  readonly name: string;
  readonly bins: readonly Bin[];
  readonly range: Range;
  readonly choose: (range: Range) => void;
  /** The smallest difference of two values. */
  readonly step: number;
  /** How an end is written. */
  readonly write: (value: number) => string;
  /** A value to be marked, and what it is. */
  readonly mark?: { readonly value: number; readonly name: string };
}

export function Histogram({ name, bins, range, choose, step, write, mark }: HistogramProps) {
  const [drag, setDrag] = useState<{ readonly start: number; readonly end: number } | null>(null);
  const highest = Math.max(1, ...bins.map(sum));
  const barWidth = WIDTH / Math.max(1, bins.length);
  const isIn = (bin: Bin, index: number) =>
    drag !== null
      ? index >= Math.min(drag.start, drag.end) && index <= Math.max(drag.start, drag.end)
      : lastOf(bin, index === bins.length - 1, step) >= (range.from ?? -Infinity) && bin.from <= (range.to ?? Infinity);

  const barAt = (event: PointerEvent) => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * bins.length);
    return Math.min(bins.length - 1, Math.max(0, index));
  };
  const finish = () => {
    if (drag === null) return;
    setDrag(null);
    const [first, last] = [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)];
    const next = {
      from: first === 0 ? null : bins[first].from,
      to: last === bins.length - 1 ? null : lastOf(bins[last], false, step),
    };
    const isAgain = next.from === range.from && next.to === range.to; // a chosen bar, once more
    choose(isAgain ? { from: null, to: null } : next);
  };
  const total = bins.reduce((all, bin) => all + sum(bin), 0);

  return (
    <div class="histogram">
      {total === 0 ? (
        <p class="aside">None of these mails has one.</p>
      ) : (
        <>
          <svg
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`${name} of ${whole(total)} mails, from ${write(bins[0].from)} to ${write(bins.at(-1)!.to)}`}
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              const bar = barAt(event);
              setDrag({ start: bar, end: bar });
            }}
            onPointerMove={(event) => drag && setDrag({ ...drag, end: barAt(event) })}
            onPointerUp={finish}
            onPointerCancel={() => setDrag(null)}
          >
            {bins.map((bin, index) => {
              let y = HEIGHT;
              return (
                <g class={isIn(bin, index) ? "bar" : "bar out"} key={bin.from}>
                  <title>
                    {`${write(bin.from)} to ${write(bin.to)}: ${stack.map((status) => `${whole(bin[status])} ${status}`).join(", ")}`}
                  </title>
                  <rect class="ground" x={index * barWidth} y="0" width={barWidth} height={HEIGHT} />
                  {stack.map((status) => {
                    const height = bin[status] === 0 ? 0 : Math.max(0.8, (bin[status] / highest) * (HEIGHT - 4));
                    y -= height;
                    return (
                      <rect
                        class={status}
                        key={status}
                        x={index * barWidth + 0.5}
                        y={y}
                        width={barWidth - 1}
                        height={height}
                      />
                    );
                  })}
                </g>
              );
            })}
            {mark && (
              <line class="mark" x1={placeOf(mark.value, bins)} x2={placeOf(mark.value, bins)} y1="0" y2={HEIGHT} />
            )}
          </svg>
          <div class="ends">
            <span>{write(bins[0].from)}</span>
            {mark && (
              <span>
                <i class="mark-key" aria-hidden="true" /> {mark.name}
              </span>
            )}
            <span>{write(bins.at(-1)!.to)}</span>
          </div>
        </>
      )}
      <fieldset class="range">
        <legend class="unseen">{name}</legend>
        <End label={`${name}, from`} value={range.from} step={step} set={(from) => choose({ ...range, from })} />
        <span aria-hidden="true">to</span>
        <End label={`${name}, to`} value={range.to} step={step} set={(to) => choose({ ...range, to })} />
        {(range.from !== null || range.to !== null) && (
          <button type="button" class="link" onClick={() => choose({ from: null, to: null })}>
            All
          </button>
        )}
      </fieldset>
    </div>
  );
}

/** What the colours are. */
export function StackLegend() {
  return (
    <p class="legend">
      {stack.map((status) => (
        <span key={status}>
          <i class={status} aria-hidden="true" /> {status}
        </span>
      ))}
    </p>
  );
}

function End(props: { label: string; value: number | null; step: number; set: (value: number | null) => void }) {
  const { label, value, step, set } = props;
  return (
    <input
      type="number"
      inputMode="decimal"
      min="0"
      step={step < 1 ? "any" : "1"}
      aria-label={label}
      placeholder="any"
      value={value ?? ""}
      onChange={({ currentTarget: { value: text, valueAsNumber } }) =>
        set(text === "" || Number.isNaN(valueAsNumber) ? null : valueAsNumber)
      }
    />
  );
}

const sum = (bin: Bin) => bin.accepted + bin.rejected + bin.open;

/** Across the drawing: bars are equally wide, whatever they hold. */
function placeOf(value: number, bins: readonly Bin[]): number {
  const found = bins.findIndex((bin) => value < bin.to);
  const index = found < 0 ? bins.length - 1 : found;
  const { from, to } = bins[index];
  return ((index + Math.min(1, Math.max(0, (value - from) / (to - from)))) / bins.length) * WIDTH;
}
