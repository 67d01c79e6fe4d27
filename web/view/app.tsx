/** The page: filters, the list and the open mail, beside or over one another as the window has room. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RunInfo } from "../../src/view/api.ts";
import { DecisionBar, NoticeBar } from "./decision-bar.tsx";
import { Editor } from "./editor.tsx";
import { Filters } from "./filters.tsx";
import { Help } from "./help.tsx";
import { Mail } from "./mail.tsx";
import { MailList } from "./mail-list.tsx";
import { Modal } from "./modal.tsx";
import { countFilters, everything, type Query, writeQuery } from "./query.ts";
import type { Rows } from "./rows.ts";
import { Search, SortChoice } from "./search.tsx";
import { Banner, TopBar } from "./top-bar.tsx";
import { isChanged, useDesk } from "./use-desk.ts";
import { useKeys } from "./use-keys.ts";
import { useMail } from "./use-mail.ts";
import { useMedia } from "./use-media.ts";
import { useRoute } from "./use-route.ts";
import { useFacets, useRows } from "./use-rows.ts";
import { type Epoch, useRun } from "./use-run.ts";
import { useSetting } from "./use-setting.ts";
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
  const { route, go, close } = useRoute();
  const query = writeQuery(route.query);
  const facets = useFacets(query, epoch);
  const shown = useRows(query, epoch);
  const isWide = useMedia("(min-width: 1000px)");
  const isPhone = useMedia("(max-width: 699px)");
  const [overlay, setOverlay] = useState<"filters" | "help" | null>(null);
  const [isTold, setTold] = useState(false);
  const [goesOn, setGoesOn] = useSetting("goes-on", true);
  const [isMarked, setMarked] = useSetting("mark-changes", false);

  const [held, setHeld] = useState<string | null>(null); // the mail whose reply is being edited
  const { mail, isLoading, error, put, prefetch } = useMail(route.mail, epoch, held === route.mail);
  const isHere = mail !== null && mail.id === route.mail;
  const { move, fit, isAbsent } = useMoves({ rows: shown?.rows ?? null, openMail: route.mail, open });
  const desk = useDesk({
    mail: isHere ? mail : null,
    show: put,
    putRow: (row) => shown?.rows.put(row),
    open,
    goOn: async () => {
      if (goesOn) await move(1);
    },
    changed: poll,
  });
  const { edit } = desk;
  useEffect(() => setHeld(edit === null ? null : route.mail), [edit === null, route.mail]);

  const [choice, setChoice] = useState<{ readonly mail: string; readonly attempt: number } | null>(null);
  const chosen =
    mail === null
      ? null
      : choice?.mail === mail.id
        ? choice.attempt
        : (mail.decided?.attempt ?? mail.drafts.findLast(({ passes }) => passes)?.attempt ?? mail.drafts.at(-1)?.attempt ?? null); // biome-ignore format: one line
  const draft = mail?.drafts.find(({ attempt }) => attempt === chosen);
  const choose = (attempt: number) => mail !== null && setChoice({ mail: mail.id, attempt });
  const [note, setNote] = useState<string | null>(null);
  const pane = useRef<HTMLDivElement>(null);

  function open(id: string) {
    if (id === route.mail) return;
    go({ mail: id }, route.mail === null ? "push" : "replace");
  }
  const change = useCallback(
    (changed: Partial<Query>) => go({ query: { ...route.query, ...changed } }, "push"),
    [go, route.query],
  );

  useEffect(() => {
    setNote(null);
    pane.current?.scrollTo(0, 0);
  }, [mail?.id]);

  useEffect(() => {
    if (!isHere || !shown) return;
    const place = shown.rows.indexOf(mail.id);
    for (const index of place < 0 ? [] : [place + 1, place - 1]) {
      const row = shown.rows.at(index);
      if (row) prefetch(row.id);
    }
  }, [isHere && mail.id, shown?.rows, prefetch]);

  const accept = () => {
    if (!isHere || !draft) return;
    void desk.decide(mail.drafts.length > 1 ? `Accepted draft ${draft.attempt}` : "Accepted", {
      decision: "accept",
      reply: draft.reply,
      attempt: draft.attempt,
    });
  };
  const reject = () => {
    if (!isHere) return;
    const text = note?.trim();
    void desk.decide("Rejected", { decision: "reject", note: text ? text : null });
  };
  const startEdit = () => {
    if (!isHere) return;
    const { decided } = mail;
    const own = decided?.state === "edited" && decided.attempt === chosen && decided.reply !== null;
    const initial = ((own ? decided.reply : draft?.reply) ?? "").replace(/\r\n?/g, "\n"); // as a text field holds it
    desk.setEdit(mail.id, { attempt: draft?.attempt ?? null, own, initial, text: initial, asking: false });
  };
  const saveEdit = () => {
    if (!isHere || edit === null || edit.text.trim() === "") return;
    void desk.decide(edit.attempt === null ? "Your reply accepted" : "Edited and accepted", {
      decision: "accept",
      reply: edit.text,
      attempt: edit.attempt,
    });
  };
  const leaveEdit = (isSure: boolean) => {
    if (!isHere || edit === null) return;
    desk.setEdit(mail.id, isChanged(edit) && !isSure ? { ...edit, asking: true } : null);
  };
  const goTo = (delta: number) => {
    desk.forget();
    void move(delta);
  };

  useKeys((key, isRepeated, { shiftKey }) => {
    if (key === "j" || key === "ArrowDown") goTo(1);
    else if (key === "k" || key === "ArrowUp") goTo(-1);
    else if (key === "]") goTo(fit.current);
    else if (key === "[") goTo(-fit.current);
    else if (key === " " && pane.current)
      pane.current.scrollBy(0, (shiftKey ? -0.85 : 0.85) * pane.current.clientHeight);
    else if (key === "/") document.getElementById("search")?.focus();
    else if (key === "Escape" && note !== null) setNote(null);
    else if (key === "Escape" && edit !== null) leaveEdit(false);
    else if (key === "Escape" && route.mail !== null) close();
    else if (isRepeated) return false;
    else if (key === "?") setOverlay("help");
    else if (key === "f" && isWide) document.querySelector<HTMLElement>(".filters input")?.focus();
    else if (key === "f") setOverlay("filters");
    else if (key === "u") void desk.undo();
    else if (!isHere || edit !== null) return false;
    else if (key === "a") accept();
    else if (key === "e") startEdit();
    else if (key === "r") setNote("");
    else if (key === "d") setMarked(!isMarked);
    else if (/^[1-4]$/.test(key) && mail.drafts.some(({ attempt }) => attempt === +key)) choose(+key);
    else return false;
    return true;
  });

  const filters = useMemo(
    () => <Filters query={route.query} facets={facets} run={run} change={change} />,
    [route.query, facets, run, change],
  );
  const total = shown?.rows.total ?? null;
  const place = route.mail === null || !shown ? -1 : shown.rows.indexOf(route.mail);
  const active = countFilters(route.query);
  const isCovered = isPhone && route.mail !== null;

  return (
    <div class="page">
      <div class="heads" inert={isCovered}>
        <TopBar run={run} help={() => setOverlay("help")} />
        {run.trained && !isTold && (
          <Banner
            kind="info"
            text="Training has begun: what you decide now is not in the present training, only in the next."
            close={() => setTold(true)}
          />
        )}
      </div>
      {trouble !== null && <Banner kind="trouble" text={`${trouble} Trying again every few seconds.`} />}
      <main class={route.mail === null ? "panes" : "panes with-mail"}>
        {isWide && (
          <aside class="pane side" aria-label="Filters">
            {filters}
          </aside>
        )}
        <section class="pane middle" aria-label="List" inert={isCovered}>
          <div class="list-head">
            <Search text={route.query.text} search={(text) => go({ query: { ...route.query, text } }, "push")} />
            <div class="list-line">
              {!isWide && (
                <button type="button" onClick={() => setOverlay("filters")} aria-keyshortcuts="f">
                  Filters{active > 0 && ` (${active})`}
                </button>
              )}
              <span class="found">{total === null ? "…" : mails(total)}</span>
              <SortChoice sort={route.query.sort} choose={(sort) => change({ sort })} />
            </div>
          </div>
          {shown?.rows.error && total === null ? (
            <p class="empty">The list could not be fetched: {shown.rows.error}. Trying again.</p>
          ) : total === 0 ? (
            <div class="empty">
              <p>{run.total === 0 ? "There are no mails in this run yet." : "No mail fits these filters."}</p>
              {run.total > 0 && (
                <button type="button" onClick={() => change({ ...everything, sort: route.query.sort })}>
                  Clear them
                </button>
              )}
            </div>
          ) : shown && total !== null ? (
            <MailList
              shown={shown}
              openMail={route.mail}
              isBusy={shown.query !== query}
              open={(id) => {
                desk.forget();
                open(id);
              }}
              onFit={fit.set}
            />
          ) : (
            <p class="empty">Loading…</p>
          )}
        </section>
        <section class="pane reader" aria-label="Reader">
          {route.mail === null ? (
            <div class="hint-pane">
              <p>Choose a mail from the list.</p>
              <p class="aside">
                <kbd>j</kbd> opens the first one, <kbd>?</kbd> lists all keys.
              </p>
            </div>
          ) : (
            <>
              <nav class="reader-bar" aria-label="Mail by mail">
                <button type="button" class="back" onClick={close}>
                  <span aria-hidden="true">‹ </span>List
                </button>
                <span class="where">
                  {place >= 0 && total !== null && `${whole(place + 1)} of ${whole(total)}`}
                  {isAbsent && "not in this list"}
                </span>
                <button type="button" class="quiet" onClick={() => goTo(-1)} aria-label="Mail before">
                  <span aria-hidden="true">↑</span>
                </button>
                <button type="button" class="quiet" onClick={() => goTo(1)} aria-label="Next mail">
                  <span aria-hidden="true">↓</span>
                </button>
              </nav>
              <div class="reader-scroll" ref={pane} aria-busy={isLoading}>
                {error !== null ? (
                  <p class="empty">This mail could not be fetched: {error}.</p>
                ) : mail === null ? (
                  <p class="empty">Loading…</p>
                ) : (
                  <Mail
                    mail={mail}
                    run={run}
                    chosen={chosen}
                    choose={choose}
                    isMarked={isMarked}
                    setMarked={setMarked}
                    edit={edit}
                    editor={
                      edit !== null && (
                        <Editor
                          key={mail.id}
                          edit={edit}
                          write={(text) => desk.setEdit(mail.id, { ...edit, text, asking: false })}
                          save={saveEdit}
                          leave={() => leaveEdit(false)}
                        />
                      )
                    }
                  />
                )}
              </div>
              {mail !== null && error === null && (
                <DecisionBar
                  mail={mail}
                  chosen={chosen}
                  edit={edit}
                  isBusy={desk.isBusy || !isHere}
                  note={note}
                  setNote={setNote}
                  accept={accept}
                  startEdit={startEdit}
                  saveEdit={saveEdit}
                  leaveEdit={leaveEdit}
                  stay={() => {
                    if (edit !== null) desk.setEdit(mail.id, { ...edit, asking: false });
                    document.querySelector<HTMLElement>(".editor")?.focus();
                  }}
                  reject={reject}
                  undo={() => void desk.undo()}
                  goesOn={goesOn}
                  setGoesOn={setGoesOn}
                />
              )}
            </>
          )}
        </section>
        {desk.notice && <NoticeBar notice={desk.notice} undo={() => void desk.undo()} close={desk.forget} />}
      </main>
      <p class="unseen" role="status">
        {desk.notice?.text ?? (total === null ? "" : `${mails(total)} ${active > 0 ? "fit the filters" : "in all"}`)}
      </p>
      {overlay === "filters" && !isWide && (
        <Modal label="Filters" kind="drawer" close={() => setOverlay(null)}>
          {filters}
          <button type="button" class="main show" onClick={() => setOverlay(null)}>
            Show {total === null ? "the mails" : mails(total)}
          </button>
        </Modal>
      )}
      {overlay === "help" && <Help close={() => setOverlay(null)} goesOn={goesOn} setGoesOn={setGoesOn} />}
    </div>
  );
}

/** Going from mail to mail in the order of the list, also from one that has just left it. */
function useMoves(options: { rows: Rows | null; openMail: string | null; open: (id: string) => void }) {
  const latest = useRef(options);
  latest.current = options;
  const anchor = useRef(-1); // where the open mail stands, or stood
  const rowsThatFit = useRef(8);
  const asked = useRef<{ readonly rows: Rows; readonly id: string } | null>(null);
  const [absent, setAbsent] = useState<string | null>(null);
  const { rows, openMail } = options;
  const place = rows === null || openMail === null ? -1 : rows.indexOf(openMail);
  if (place >= 0) anchor.current = place;

  useEffect(() => {
    if (rows === null || openMail === null || place >= 0) return;
    if (asked.current?.rows === rows && asked.current.id === openMail) return;
    asked.current = { rows, id: openMail };
    void rows.locate(openMail).then((found) => setAbsent(found < 0 ? openMail : null));
  }, [rows, openMail, place]);

  const move = useCallback(async (delta: number) => {
    const { rows, openMail } = latest.current;
    if (rows === null || rows.total === null) return;
    let from = openMail === null ? -1 : rows.indexOf(openMail);
    if (from < 0 && openMail !== null && anchor.current >= 0) {
      const there = await rows.load(anchor.current);
      // Where it has left the list its follower stands in its place.
      from = there?.id === openMail || delta < 0 ? anchor.current : anchor.current - 1;
    }
    const target = Math.min(rows.total - 1, Math.max(0, from + delta));
    const row = await rows.load(target);
    if (row && latest.current.openMail === openMail) latest.current.open(row.id);
  }, []);

  const fit = useMemo(
    () => ({
      get current() {
        return rowsThatFit.current;
      },
      set: (count: number) => {
        rowsThatFit.current = count;
      },
    }),
    [],
  );
  return { move, fit, isAbsent: place < 0 && absent !== null && absent === openMail };
}
