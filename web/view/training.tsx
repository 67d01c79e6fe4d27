/** The page of a training: the paper's two curves, and what else is worth a look while it runs. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { TrainingPage, TrainingRow } from "../../src/view/training-api.ts";
import { Chart } from "./chart.tsx";
import { epochsOf, type Point, pointsOf, smooth, tokensPerSecond } from "./curves.ts";
import { fetchTraining } from "./fetch.ts";

/** ours */
const POLL_MS = 2000;

/** All rows so far, asked for again while the page is in sight and training goes on. */
function useTraining() {
  const [training, setTraining] = useState<TrainingPage | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    let timer: number | undefined;
    let known: TrainingPage | null = null;
    let isOver = false;
    const look = async () => {
      if (document.visibilityState === "visible") {
        try {
          const next = await fetchTraining({ of: known?.version ?? "", from: known?.rows.length ?? 0 });
          const rows: readonly TrainingRow[] = next.from === 0 ? next.rows : [...known!.rows, ...next.rows];
          known = { ...next, rows };
          setTraining(known);
          setTrouble(null);
        } catch {
          setTrouble("The server does not answer. Is “pocketreply view” still running?");
        }
      }
      if (!isOver) timer = window.setTimeout(look, POLL_MS);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  return { training, trouble };
}

function Training() {
  const { training, trouble } = useTraining();
  if (training === null) return <p class="start">{trouble ?? "Loading…"}</p>;
  const { name, rows, done } = training;
  return (
    <div class="training">
      <header>
        <h1>{name}</h1>
        <p>
          {describe(rows, done)} · <a href="./">the mails</a>
        </p>
      </header>
      {trouble !== null && (
        <p class="banner trouble" role="alert">
          {trouble}
        </p>
      )}
      {rows.length > 0 && <Curves rows={rows} />}
    </div>
  );
}

function Curves({ rows }: { rows: readonly TrainingRow[] }) {
  const { x, unit } = epochsOf(rows);
  const of = (pick: (row: TrainingRow) => number | undefined) => pointsOf(rows, x, pick);
  const loss = of((row) => row.loss);
  const chart = (title: string, points: readonly Point[], more: { smoothed?: boolean; dots?: boolean } = {}) =>
    points.length > 0 && (
      <Chart {...{ title, unit, dots: more.dots }} points={points} line={more.smoothed ? smooth(points) : undefined} />
    );
  return (
    <main class="curves">
      {chart("Train loss", loss, { smoothed: true })}
      {chart(
        "Validation loss",
        of((row) => row.validationLoss),
        { dots: true },
      )}
      {chart(
        "Learning rate",
        of((row) => row.learningRate),
      )}
      {chart(
        "Gradient norm",
        of((row) => row.gradNorm),
        { smoothed: true },
      )}
      {chart("Tokens a second", of(tokensPerSecond), { smoothed: true })}
      {chart(
        "Margin of the better reply",
        of((row) => row.margin),
        { smoothed: true },
      )}
      {chart(
        "Pairs in the right order",
        of((row) => row.accuracy),
        { smoothed: true },
      )}
    </main>
  );
}

function describe(rows: readonly TrainingRow[], done: boolean): string {
  const last = rows.at(-1);
  if (last === undefined) return "Training has not begun.";
  const validated = rows.flatMap(({ validationLoss }) => validationLoss ?? []);
  const skipped = rows.filter((row) => row.skipped !== undefined).length;
  return [
    `step ${last.step.toLocaleString("en-US")}${done ? ", done" : ""}`,
    ...(validated.length > 0
      ? [`validation loss ${validated[0].toFixed(3)} → ${Math.min(...validated).toFixed(3)}`]
      : []),
    ...(skipped > 0 ? [`${skipped} steps skipped: their numbers were not finite`] : []),
  ].join(" · ");
}

render(<Training />, document.getElementById("page")!);
