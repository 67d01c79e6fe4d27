/** The mails of the query. Only the rows in sight are in the document, however many there are. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RowSummary } from "../../src/view/api.ts";
import type { Rows } from "./rows.ts";
import { Line } from "./text.tsx";
import { drafts, reviewMarks, reviewNames, score, spaced, statusMarks, statusNames } from "./words.ts";

/** As in style.css. */
const ROW_PX = 88;
/** ours: rows kept ready above and below. */
const OVERSCAN = 6;

interface MailListProps {
  /** A new object whenever a row has changed. */
  readonly shown: { readonly rows: Rows; readonly query: string };
  readonly openMail: string | null;
  readonly isBusy: boolean;
  readonly open: (id: string) => void;
  /** Told how many rows fit. */
  readonly onFit: (rows: number) => void;
}

export function MailList({ shown, openMail, isBusy, open, onFit }: MailListProps) {
  const { rows } = shown;
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ first: 0, last: 12 });
  const total = rows.total ?? 0;
  const place = openMail === null ? -1 : rows.indexOf(openMail);

  const look = useCallback(() => {
    const { scrollTop, clientHeight } = box.current!;
    const first = Math.floor(scrollTop / ROW_PX);
    const last = Math.ceil((scrollTop + clientHeight) / ROW_PX);
    setSight((old) => (old.first === first && old.last === last ? old : { first, last }));
  }, []);

  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      look();
      onFit(Math.max(1, Math.floor(box.current!.clientHeight / ROW_PX)));
    });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, [look, onFit]);

  useEffect(() => rows.want(sight.first, Math.min(sight.last, Math.max(0, total - 1))), [rows, sight, total]);

  // Another query begins at its top, unless the open mail is in it.
  useLayoutEffect(() => {
    box.current!.scrollTop = 0;
    look();
  }, [shown.query, look]);

  const revealed = useRef<string | null>(null);
  useLayoutEffect(() => {
    const key = openMail === null ? null : `${openMail} ${shown.query}`;
    if (key === revealed.current || (key !== null && place < 0)) return;
    revealed.current = key;
    const { scrollTop, clientHeight } = box.current!;
    const [top, bottom] = [place * ROW_PX, (place + 1) * ROW_PX];
    if (key === null || (top >= scrollTop && bottom <= scrollTop + clientHeight)) return;
    const isNear = bottom > scrollTop - 2 * clientHeight && top < scrollTop + 2 * clientHeight;
    if (!isNear) box.current!.scrollTop = top - clientHeight / 3;
    else box.current!.scrollTop = top < scrollTop ? top : bottom - clientHeight;
    look();
  }, [openMail, place, shown.query, look]);

  const first = Math.max(0, sight.first - OVERSCAN);
  const last = Math.min(total - 1, sight.last + OVERSCAN);
  const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the page's keys open mails, wherever the focus is
    <div
      ref={box}
      class="list"
      role="listbox"
      aria-label="Mails"
      aria-busy={isBusy}
      aria-activedescendant={place >= first && place <= last ? rowId(place) : undefined}
      tabIndex={0}
      onScroll={look}
      onClick={({ target }) => {
        const index = (target as Element).closest<HTMLElement>("[data-index]")?.dataset.index;
        const row = index === undefined ? undefined : rows.at(Number(index));
        if (row) open(row.id);
      }}
    >
      <div class="list-space" style={{ height: `${total * ROW_PX}px` }} role="presentation">
        {numbers.map((index) => (
          <MailRow key={index} index={index} total={total} row={rows.at(index)} isOpen={index === place} />
        ))}
      </div>
    </div>
  );
}

const rowId = (index: number) => `row-${index}`;

function MailRow(props: { index: number; total: number; row: RowSummary | undefined; isOpen: boolean }) {
  const { index, total, row, isOpen } = props;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list holds the focus and names its active row
    <div
      id={rowId(index)}
      class="row"
      data-index={index}
      role="option"
      aria-selected={isOpen}
      aria-posinset={index + 1}
      aria-setsize={total}
      style={{ top: `${index * ROW_PX}px` }}
    >
      {row === undefined ? (
        <span class="waiting">
          <span class="unseen">Loading</span>
        </span>
      ) : (
        <>
          <span class="row-top">
            <span class={`mark ${row.status}`} title={statusNames[row.status]}>
              <span aria-hidden="true">{statusMarks[row.status]}</span>
              <span class="unseen">{statusNames[row.status]}. </span>
            </span>
            <b class="cut">
              <Line text={row.sender || "no sender"} most={120} />
            </b>
            {row.review !== "none" && (
              <span class={`yours ${row.review}`}>
                <span aria-hidden="true">{reviewMarks[row.review]} </span>
                {reviewNames[row.review]}
              </span>
            )}
          </span>
          <span class="cut subject">
            <Line text={row.subject || "no subject"} most={160} />
          </span>
          <span class="row-end">
            <span class="cut snippet">
              <Line text={row.snippet} most={160} />
            </span>
            <span class="facts">
              <span>{spaced(row.intent)}</span>
              <span>{drafts(row.attempts)}</span>
              {row.score !== null && <b>{score(row.score)}</b>}
            </span>
          </span>
        </>
      )}
    </div>
  );
}
