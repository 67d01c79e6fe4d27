/** The page: filters, the list and the open mail, beside or over one another as the window has room. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { RunInfo } from "../../src/view/api.ts";
import { Bulk } from "./bulk.tsx";
import { NoticeBar } from "./decision-bar.tsx";
import { Filters } from "./filters.tsx";
import { Help } from "./help.tsx";
import { ListPane } from "./list-pane.tsx";
import { Modal } from "./modal.tsx";
import { measurePace } from "./pace.ts";
import { countFilters, writeQuery } from "./query.ts";
import { ReaderPane } from "./reader.tsx";
import { Banner, TopBar } from "./top-bar.tsx";
import type { Desk } from "./use-desk.ts";
import { type List, useList } from "./use-list.ts";
import { useMedia } from "./use-media.ts";
import { usePageKeys } from "./use-page-keys.ts";
import { useReader } from "./use-reader.ts";
import { type Epoch, useRun } from "./use-run.ts";
import { useSettings } from "./use-setting.ts";
import { mails, whole } from "./words.ts";

/** The page once the server has said which run it shows. */
export function Start() {
  const { run, epoch, trouble, poll } = useRun();
  useEffect(() => {
    if (run) document.title = `${run.name} – pocketreply view`;
  }, [run]);
  if (run) return <Page run={run} epoch={epoch} trouble={trouble} poll={poll} />;
  return <p class="start">{trouble === null ? "Loading…" : `${trouble} Trying again.`}</p>;
}

function Page({ run, epoch, trouble, poll }: { run: RunInfo; epoch: Epoch; trouble: string | null; poll: () => void }) {
  const isWide = useMedia("(min-width: 1300px)");
  const isPhone = useMedia("(max-width: 699px)");
  const [overlay, setOverlay] = useState<"filters" | "help" | "bulk" | null>(null);
  const closeOverlay = () => setOverlay(null);
  const settings = useSettings();
  const list = useList(epoch);
  const reader = useReader({ list, epoch, goesOn: settings.goesOn, changed: poll });
  const { query, facets, openMail, change } = list;
  const { desk } = reader;
  usePageKeys({
    list,
    reader,
    showHelp: () => setOverlay("help"),
    showFilters: isWide ? focusFilters : () => setOverlay("filters"),
    toggleMarks: () => settings.setMarked(!settings.isMarked),
  });
  const filters = useMemo(
    () => <Filters query={query} facets={facets} run={run} change={change} />,
    [query, facets, run, change],
  );
  const openFromList = (id: string) => {
    desk.forget();
    list.open(id);
  };
  const isCovered = isPhone && openMail !== null;
  return (
    <div class="page">
      <Heads
        {...{ run, pace: measurePace(desk.decidedAtMs), goal: settings.goal, isCovered }}
        help={() => setOverlay("help")}
      />
      {trouble !== null && <Banner kind="trouble">{`${trouble} Trying again every few seconds.`}</Banner>}
      <main class={openMail === null ? "panes" : "panes with-mail"}>
        {isWide && (
          <aside class="pane side" aria-label="Filters">
            {filters}
          </aside>
        )}
        <ListPane
          {...{ list, isCovered, open: openFromList, onFit: reader.fit.set }}
          isEmpty={run.total === 0}
          decideAll={() => setOverlay("bulk")}
          showFilters={isWide ? null : () => setOverlay("filters")}
        />
        <ReaderPane {...{ run, list, reader, settings }} />
        {desk.notice && <NoticeBar notice={desk.notice} undo={() => void desk.undo()} close={desk.forget} />}
      </main>
      <Spoken list={list} desk={desk} />
      {overlay === "filters" && !isWide && (
        <Modal label="Filters" kind="drawer" close={closeOverlay}>
          {filters}
          <button type="button" class="main show" onClick={closeOverlay}>
            Show {list.total === null ? "the mails" : mails(list.total)}
          </button>
        </Modal>
      )}
      {overlay === "bulk" && <Bulk facets={facets} query={writeQuery(query)} close={closeOverlay} changed={poll} />}
      {overlay === "help" && <Help close={closeOverlay} {...settings} />}
    </div>
  );
}

function focusFilters() {
  document.querySelector<HTMLElement>(".filters input")?.focus();
}

/** Which run this is, and what a person must know of it before deciding. */
function Heads(props: {
  run: RunInfo;
  pace: ReturnType<typeof measurePace>;
  goal: number;
  isCovered: boolean;
  help: () => void;
}) {
  const { run, pace, goal, isCovered, help } = props;
  const [isTold, setTold] = useState(false);
  return (
    <div class="heads" inert={isCovered}>
      <TopBar run={run} pace={pace} goal={goal} help={help} />
      {run.notTakenIn > 0 && !isTold && (
        <Banner kind="info" close={() => setTold(true)}>
          {run.notTakenIn === 1 ? "One decision is" : `${whole(run.notTakenIn)} decisions are`} not in the{" "}
          {run.trained ? "model" : "dataset"} yet. Run: <code>{run.takeIn}</code>
        </Banner>
      )}
    </div>
  );
}

/** For who does not see the page: what was decided, or how many mails are found. */
function Spoken({ list: { query, total }, desk }: { list: List; desk: Desk }) {
  const found = total === null ? "" : `${mails(total)} ${countFilters(query) > 0 ? "fit the filters" : "in all"}`;
  return (
    <p class="unseen" role="status">
      {desk.notice?.text ?? found}
    </p>
  );
}
