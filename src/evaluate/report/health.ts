/** How the run went and what it cost. */
import { type Bar, barChart, type Curve, curveChart } from "./chart.ts";
import type { ReportData, RunHealth, TrainingStep } from "./data.ts";
import { count, counted, percent } from "./format.ts";
import { type Html, html, join } from "./html.ts";

/** Loss curve, distillation, generation, cost. */
export function healthSection({ health, evaluation }: ReportData): Html {
  return html`<section><h2 id="health">How the run went</h2>${trainingPart(health.training)}${distillPart(health)}${repliesPart(health, evaluation.items)}</section>`;
}

function trainingPart(training: RunHealth["training"]): Html | null {
  if (training === null) return null;
  const { steps, examples, bestStep, trainableParameters, shortened, leftOut } = training;
  const points = (key: "loss" | "validationLoss") =>
    thin(steps.flatMap((row) => (row[key] === undefined ? [] : [{ x: row.step, y: row[key] }])));
  const curves: Curve[] = [
    { name: "training loss", kind: "control" as const, points: points("loss") },
    { name: "validation loss", kind: "model" as const, points: points("validationLoss") },
  ].filter((curve) => curve.points.length > 0);
  const details = [
    `${counted(examples.train, "reply")} to learn from, ${examples.validation} to choose the checkpoint, ${examples.test} held out`,
    `best at step ${bestStep} of ${steps.at(-1)?.step ?? 0}`,
    `${count(trainableParameters)} trainable parameters`,
    ...timeOf(steps),
    ...(shortened > 0 ? [`${counted(shortened, "mail")} shortened to fit`] : []),
    ...(leftOut > 0 ? [`${counted(leftOut, "reply")} too long, left out`] : []),
  ];
  return html`<h3>Training</h3>${curves.length > 0 ? curveChart(curves, "step") : null}<p class="soft">${details.join("; ")}.</p>`;
}

function timeOf(steps: readonly TrainingStep[]): string[] {
  const seconds = steps.reduce((sum, row) => sum + (row.seconds ?? 0), 0);
  return seconds > 0 ? [`${duration(seconds)} of training`] : [];
}

const MOST_POINTS = 400;

/** Every n-th point and the last: a line of four hundred points shows all that can be seen. */
function thin<T>(points: readonly T[]): T[] {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

function distillPart({ distill, mails }: RunHealth): Html | null {
  if (distill === null) return null;
  const { accepted, rejected, acceptedByAttempt, rejectedByReason, calls, retries, promptTokens, completionTokens } =
    distill;
  const total = accepted + rejected;
  const bars: Bar[] = [
    ...Object.entries(acceptedByAttempt).map(([attempt, value]) => ({
      name: attempt === "1" ? "accepted at once" : `accepted at attempt ${attempt}`,
      value,
      label: `${count(value)} (${percent(value, total)})`,
    })),
    ...Object.entries(rejectedByReason).map(([reason, value]) => ({
      name: `rejected: ${reason}`,
      value,
      label: `${count(value)} (${percent(value, total)})`,
    })),
  ];
  const cost =
    distill.costUsd === null
      ? "cost: no price known for this endpoint"
      : distill.costUsd === 0
        ? "cost: nothing"
        : `cost: $${distill.costUsd.toFixed(2)}`;
  const details = [
    ...(mails === null ? [] : [`${counted(mails.kept, "mail")} imported, ${count(mails.skipped)} skipped`]),
    counted(calls, "call"),
    counted(retries, "retry"),
    `${count(promptTokens)} prompt tokens and ${count(completionTokens)} answer tokens`,
    cost,
    ...(distill.seconds > 0 ? [duration(distill.seconds)] : []),
  ];
  return html`<h3>Distillation</h3>${barChart(bars, { max: total })}<p class="soft">${details.join("; ")}.</p>`;
}

function repliesPart({ replies }: RunHealth, items: number): Html {
  const { cutAtLimit, shortenedMails, refused, promptTokens, replyTokens, firstTokenMs, tokensPerSecond, modelBytes } =
    replies;
  const rows: [string, string][] = [
    ["cut at the token limit", `${cutAtLimit} of ${items}`],
    ["mails shortened to fit", `${shortenedMails} of ${items}`],
    ...(refused > 0 ? [["not answered by the endpoint", `${refused} of ${items}`] as [string, string]] : []),
    ["tokens", `${count(promptTokens)} read, ${count(replyTokens)} written`],
    ...(firstTokenMs === null ? [] : [["first token (median)", `${Math.round(firstTokenMs)} ms`] as [string, string]]),
    ...(tokensPerSecond === null
      ? []
      : [["a sequence writes (median)", `${Math.round(tokensPerSecond)} tokens a second`] as [string, string]]),
    ...(modelBytes === null ? [] : [["model file", `${(modelBytes / 1e6).toFixed(1)} MB`] as [string, string]]),
  ];
  return html`<h3>Replies</h3><dl>${join(rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
