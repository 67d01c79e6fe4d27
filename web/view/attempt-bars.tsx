/** How far mails come with each draft: of those that got so far, the share that was accepted there. */
import type { AttemptCount } from "../../src/view/api.ts";
import { percent, whole } from "./words.ts";

export function AttemptBars({ counts }: { counts: readonly AttemptCount[] }) {
  const most = Math.max(1, ...counts.map(({ reached }) => reached));
  if (counts.length === 0) return <p class="aside">No draft yet.</p>;
  return (
    <ol class="attempt-bars">
      {counts.map(({ attempt, reached, accepted }) => (
        <li key={attempt}>
          <span>Draft {attempt}</span>
          <span class="figure">
            <b>{percent(accepted, reached)}</b> of {whole(reached)}
          </span>
          <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect class="reached" width={(100 * reached) / most} height="6" />
            <rect class="accepted" width={(100 * accepted) / most} height="6" />
          </svg>
        </li>
      ))}
    </ol>
  );
}
