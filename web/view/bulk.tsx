/** One decision on every undecided mail of the list, after its number was read and confirmed. */
import { useState } from "preact/hooks";
import type { Facets } from "../../src/view/api.ts";
import { postBulk } from "./fetch.ts";
import { Modal } from "./modal.tsx";
import { mails, rejectReasons, whole } from "./words.ts";

export function Bulk(props: { facets: Facets | null; query: string; close: () => void; changed: () => void }) {
  const { facets, query, close, changed } = props;
  const [said, setSaid] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [reason, setReason] = useState<string>(rejectReasons[0]);
  const count = (facets?.review ?? [])
    .filter(({ value }) => value === "none" || value === "unsure" || value === "outdated")
    .reduce((sum, one) => sum + one.count, 0);
  const decide = async (decision: "accept" | "reject") => {
    setBusy(true);
    try {
      const note = decision === "reject" ? reason : null;
      const { decided } = await postBulk({ query, decision, note, expected: count });
      setSaid(`${decision === "accept" ? "Accepted" : "Rejected"}: ${mails(decided)}.`);
      changed();
    } catch (error) {
      setSaid(`Nothing was decided: ${error instanceof Error ? error.message : error}`);
      changed();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal label="Decide on all of this list" kind="card" close={close}>
      <div class="bulk">
        <p>
          <b>{mails(count)}</b> of the {whole(facets?.total ?? 0)} in this list {count === 1 ? "is" : "are"} not decided
          yet. What you decided before stays. Each can be undone by itself.
        </p>
        {said !== null && <p role="status">{said}</p>}
        <button type="button" class="main" disabled={isBusy || count === 0} onClick={() => void decide("accept")}>
          Accept the reply of each
        </button>
        <label>
          Reason{" "}
          <select value={reason} onChange={({ currentTarget }) => setReason(currentTarget.value)}>
            {rejectReasons.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <button type="button" class="main bad" disabled={isBusy || count === 0} onClick={() => void decide("reject")}>
          Reject all {whole(count)}
        </button>
      </div>
    </Modal>
  );
}
