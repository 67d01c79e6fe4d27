/** A draft: its words, and what the judge made of them. */
import type { ComponentChildren } from "preact";
import type { Criterion } from "../../src/prompts/index.ts";
import type { DraftDetail, RunInfo } from "../../src/view/api.ts";
import type { Mark } from "./marks.ts";
import { oneLine, showHidden } from "./plain.ts";
import { Changes, Prose } from "./text.tsx";
import { capital, score } from "./words.ts";

interface DraftProps {
  readonly draft: DraftDetail;
  readonly count: number;
  readonly run: RunInfo;
  readonly isChosen: boolean;
  readonly choose: () => void;
  /** The draft that this one rewrote, where changes are to be marked. */
  readonly before: string | null;
  /** Only a line: another one is chosen, and the room is for it. */
  readonly isCollapsed: boolean;
  readonly marks: readonly Mark[];
  /** In place of the words, while they are edited. */
  readonly editor: ComponentChildren;
}

export function Draft({ draft, count, run, isChosen, choose, before, isCollapsed, marks, editor }: DraftProps) {
  const { attempt, reply, scores, feedback, passes } = draft;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: its button, and the keys 1 to 4, do the same
    <li
      class={isChosen ? "draft chosen" : isCollapsed ? "draft collapsed" : "draft"}
      data-attempt={attempt}
      onClick={() => getSelection()?.isCollapsed !== false && choose()}
    >
      <header>
        <button
          type="button"
          aria-pressed={isChosen}
          onClick={choose}
          aria-label={`Choose draft ${attempt} of ${count}`}
        >
          Draft {attempt}
        </button>
        <Outcome draft={draft} isLast={attempt === count} />
      </header>
      {isCollapsed && !editor ? (
        <p class="cut collapsed-text">
          {draft.score !== null && <b>{score(draft.score)}</b>} {oneLine(reply, 160)}
        </p>
      ) : (
        <>
          <div class="reply">
            {editor ??
              (before === null ? <Prose text={reply} marks={marks} /> : <Changes before={before} after={reply} />)}
          </div>
          {run.criteria.map((criterion) => (
            <ScoreLine
              key={criterion}
              criterion={criterion}
              value={scores?.[criterion] ?? null}
              feedback={feedback?.[criterion] ?? null}
              threshold={run.threshold}
            />
          ))}
          <p class="sum">
            {draft.score === null ? (
              "Not judged"
            ) : (
              <>
                {run.rule === "mean" ? "Mean" : "Lowest"} <b class={passes ? "" : "low"}>{score(draft.score)}</b>{" "}
                {passes ? "reaches" : "is below"} {run.threshold}
              </>
            )}
          </p>
        </>
      )}
    </li>
  );
}

function Outcome({ draft, isLast }: { draft: DraftDetail; isLast: boolean }) {
  if (draft.scores === null) return <span class="outcome">not judged</span>;
  if (draft.passes) return <span class="outcome good">✓ accepted</span>;
  return <span class="outcome low">{isLast ? "✕ not good enough" : "↻ sent back"}</span>;
}

function ScoreLine(props: { criterion: Criterion; value: number | null; feedback: string | null; threshold: number }) {
  const { criterion, value, feedback, threshold } = props;
  if (value === null) return <div class="score empty">{capital(criterion)}: –</div>;
  const isLow = value < threshold - 1e-9;
  return (
    <div class="score">
      <p class="score-head">
        <span>{capital(criterion)}</span>
        <b class={isLow ? "low" : ""}>
          {isLow && (
            <>
              <span aria-hidden="true">▼ </span>
              <span class="unseen">below the threshold: </span>
            </>
          )}
          {score(value)}
        </b>
      </p>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" class={isLow ? "low" : ""}>
        <rect class="rail" width="100" height="6" />
        <rect class="fill" width={100 * value} height="6" />
        <line x1={100 * threshold} x2={100 * threshold} y1="0" y2="6" />
      </svg>
      {feedback && <p class="feedback">{showHidden(feedback)}</p>}
    </div>
  );
}
