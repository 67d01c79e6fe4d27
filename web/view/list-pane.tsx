/** The pane of the list: search, order and the mails, or why there are none. */
import { MailList } from "./mail-list.tsx";
import { countFilters, everything } from "./query.ts";
import { Search, SortChoice } from "./search.tsx";
import type { List } from "./use-list.ts";
import { mails } from "./words.ts";

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
}

export function ListPane({ list, isEmpty, isCovered, showFilters, open, onFit }: ListPaneProps) {
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
          <SortChoice sort={query.sort} choose={(sort) => change({ sort })} />
        </div>
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
