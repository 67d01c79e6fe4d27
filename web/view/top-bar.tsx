/** Which run this is and how far it has come. */
import type { ComponentChildren } from "preact";
import type { RunInfo } from "../../src/view/api.ts";
import { type measurePace, paceInWords } from "./pace.ts";
import { oneLine } from "./plain.ts";
import { usd, whole } from "./words.ts";

export function TopBar(props: {
  run: RunInfo;
  pace: ReturnType<typeof measurePace>;
  /** How many mails the person means to decide. */
  goal: number;
  help: () => void;
}) {
  const { run, pace, help } = props;
  const goal = Math.min(props.goal, run.total);
  const { byStatus, byReview, teacher, judge } = run;
  const decided = byReview.accepted + byReview.edited + byReview.rejected;
  return (
    <header class="top">
      <h1>{oneLine(run.name, 80)}</h1>
      <p class="counts">
        <span>
          <b>{whole(run.total)}</b> mails
        </span>
        <span>
          <b class="good">{whole(byStatus.accepted)}</b> accepted
        </span>
        <span>
          <b class="low">{whole(byStatus.rejected)}</b> rejected
        </span>
        <span>
          <b>{whole(byStatus.open)}</b> open
        </span>
        <span>
          <b class="mine">{whole(decided)}</b> of {whole(goal)} decided by you
        </span>
        {pace.secondsEach !== null && (
          <span title={`${whole(pace.decisions)} decisions in this visit; pauses are left out`}>
            {paceInWords(pace.secondsEach, Math.max(0, goal - decided))}
          </span>
        )}
      </p>
      <p class="made">
        {oneLine(teacher, 60)}
        {judge !== teacher && `, judged by ${oneLine(judge, 60)}`} · {whole(run.calls)} calls · {usd(run.costUsd)}
        {run.trained && (
          <>
            {" · "}
            <a href="./training.html">training</a>
          </>
        )}
      </p>
      <button type="button" class="quiet" onClick={help} aria-label="Keys and settings" aria-keyshortcuts="?">
        <span aria-hidden="true">?</span>
      </button>
    </header>
  );
}

export function Banner(props: { kind: "info" | "trouble"; close?: () => void; children: ComponentChildren }) {
  const { kind, close, children } = props;
  return (
    <div class={`banner ${kind}`} role={kind === "trouble" ? "alert" : undefined}>
      <span>{children}</span>
      {close && (
        <button type="button" class="quiet" onClick={close} aria-label="Close this message">
          <span aria-hidden="true">✕</span>
        </button>
      )}
    </div>
  );
}
