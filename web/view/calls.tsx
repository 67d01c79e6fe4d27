/** What was asked of teacher and judge for this mail, closed until it is of interest. */
import type { CallDetail } from "../../src/view/api.ts";
import { Line } from "./text.tsx";
import { seconds, usd, when, whole } from "./words.ts";

export function Calls({ calls }: { calls: readonly CallDetail[] }) {
  if (calls.length === 0) return null;
  const cost = calls.reduce<number | null>(
    (sum, call) => (sum === null || call.costUsd === null ? null : sum + call.costUsd),
    0,
  );
  return (
    <details class="calls">
      <summary>
        {calls.length === 1 ? "1 call" : `${calls.length} calls`}, {usd(cost)}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table must scroll by keyboard too */}
      <section class="scroll" tabIndex={0} aria-label="Calls">
        <table>
          <thead>
            <tr>
              <th scope="col">Call</th>
              <th scope="col">Outcome</th>
              <th scope="col">Model, prompt</th>
              <th scope="col">Latency</th>
              <th scope="col">Tokens in</th>
              <th scope="col">Tokens out</th>
              <th scope="col">Cost</th>
              <th scope="col">Retries</th>
              <th scope="col">At</th>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <tr key={`${call.at} ${call.kind} ${call.attempt}`}>
                <th scope="row">
                  {call.kind} {call.attempt}
                </th>
                <td class={call.outcome === "ok" ? "" : "low"}>
                  {call.outcome}
                  {call.error !== null && (
                    <>
                      {": "}
                      <Line text={call.error} />
                    </>
                  )}
                </td>
                <td>
                  <Line text={call.model} />, <Line text={call.promptVersion} />
                </td>
                <td>{call.latencyMs === null ? "–" : seconds(call.latencyMs)}</td>
                <td>{call.promptTokens === null ? "–" : whole(call.promptTokens)}</td>
                <td>{call.completionTokens === null ? "–" : whole(call.completionTokens)}</td>
                <td>{call.costUsd === null ? "–" : usd(call.costUsd)}</td>
                <td>{call.retries}</td>
                <td>{when(call.at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
