/** The pane of the list: search, order and the mails, or why there are none. */
import type { Estimate } from "../../src/view/api.ts";
import { MailList } from "./mail-list.tsx";
import { countFilters, everything } from "./query.ts";
import { Search, SortChoice } from "./search.tsx";
import type { List } from "./use-list.ts";
import { mails, whole } from "./words.ts";

interface ListPaneProps {
  readonly list: List;
  /** Whether the run has no mail at all. */
  readonly isEmpty: boolean;
  /** Another pane lies over it. */
  readonly isCovered: boolean;
  /** None where the filters stand beside the list. */
  readonly showFilters: (() => void) | null;
  readonly open: (id: string) => void;
  readonly onFit: (rows: number) => void;
  /** One decision on all mails of the list. */
  readonly decideAll: () => void;
}

export function ListPane({ list, isEmpty, isCovered, showFilters, open, onFit, decideAll }: ListPaneProps) {
  const { query, written, openMail, shown, total, change } = list;
  const active = countFilters(query);
  return (
    <section class="pane middle" aria-label="List" inert={isCovered}>
      <div class="list-head">
        <Search text={query.text} search={(text) => change({ text })} />
        <div class="list-line">
          {showFilters && (
            <button type="button" onClick={showFilters} aria-keyshortcuts="f">
              Filters{active > 0 && ` (${active})`}
            </button>
          )}
          <span class="found">{total === null ? "…" : mails(total)}</span>
          {active > 0 && total !== null && total > 0 && (
            <button type="button" class="small" onClick={decideAll}>
              All…
            </button>
          )}
          <SortChoice sort={query.sort} choose={(sort) => change({ sort })} />
        </div>
        {query.sort === "random" && <EstimateLine estimate={list.facets?.estimate ?? null} />}
      </div>
      {shown?.rows.error && total === null ? (
        <p class="empty">The list could not be fetched: {shown.rows.error}. Trying again.</p>
      ) : total === 0 ? (
        <NoMails isEmpty={isEmpty} clear={() => change({ ...everything, sort: query.sort })} />
      ) : shown && total !== null ? (
        <MailList shown={shown} openMail={openMail} isBusy={shown.query !== written} open={open} onFit={onFit} />
      ) : (
        <p class="empty">Loading…</p>
      )}
    </section>
  );
}

/** How often the person overturns teacher and judge: only in this order is it a sample that nobody chose. */
function EstimateLine({ estimate }: { estimate: Estimate | null }) {
  if (estimate === null)
    return (
      <p class="estimate">Decide from the top: how often you overturn teacher and judge is estimated as you go.</p>
    );
  const { decided, overturned, low, high } = estimate;
  return (
    <p class="estimate">
      You overturned <b>{whole(overturned)}</b> of {whole(decided)}: {Math.round(100 * low)} to {Math.round(100 * high)}{" "}
      % of all
    </p>
  );
}

function NoMails({ isEmpty, clear }: { isEmpty: boolean; clear: () => void }) {
  if (isEmpty) {
    return (
      <div class="empty">
        <p>There are no mails in this run yet.</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <p>No mail fits these filters.</p>
      <button type="button" onClick={clear}>
        Clear them
      </button>
    </div>
  );
}
