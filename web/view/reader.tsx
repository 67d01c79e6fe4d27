/** The pane of the open mail: the way from mail to mail, the mail, and the decision at its foot. */
import type { MailDetail, RunInfo } from "../../src/view/api.ts";
import { DecisionBar } from "./decision-bar.tsx";
import { Editor } from "./editor.tsx";
import { Mail } from "./mail.tsx";
import { everything } from "./query.ts";
import type { List } from "./use-list.ts";
import type { Reader } from "./use-reader.ts";
import type { Settings } from "./use-setting.ts";
import { whole } from "./words.ts";

interface ReaderProps {
  readonly run: RunInfo;
  readonly list: List;
  readonly reader: Reader;
  readonly settings: Settings;
}

export function ReaderPane(props: ReaderProps) {
  const { mail, error, isLoading, pane } = props.reader;
  return (
    <section class="pane reader" aria-label="Reader">
      {props.list.openMail === null ? (
        <div class="hint-pane">
          <p>Choose a mail from the list.</p>
          <p class="aside">
            <kbd>j</kbd> opens the first one, <kbd>?</kbd> lists all keys.
          </p>
        </div>
      ) : (
        <>
          <ReaderBar {...props} />
          <div class="reader-scroll" ref={pane} aria-busy={isLoading}>
            {error !== null ? (
              <p class="empty">This mail could not be fetched: {error}.</p>
            ) : mail === null ? (
              <p class="empty">Loading…</p>
            ) : (
              <MailInHand {...props} mail={mail} />
            )}
          </div>
          {mail !== null && error === null && <Foot {...props} mail={mail} />}
        </>
      )}
    </section>
  );
}

function ReaderBar({ list, reader }: ReaderProps) {
  const { shown, total, openMail, close } = list;
  const { isAbsent, goTo } = reader;
  const place = openMail === null || !shown ? -1 : shown.rows.indexOf(openMail);
  return (
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
  );
}

/** The mail, with the editor in the place of the words being edited. */
function MailInHand({ run, list, mail, reader, settings }: ReaderProps & { mail: MailDetail }) {
  const { chosen, choose, desk, decisions } = reader;
  const { write, saveEdit, leaveEdit } = decisions;
  const { edit } = desk;
  const editor = edit !== null && (
    <Editor key={mail.id} edit={edit} write={write} save={saveEdit} leave={() => leaveEdit(false)} />
  );
  const { isMarked, setMarked } = settings;
  const showAlike = () => list.change({ ...everything, like: mail.group, sort: list.query.sort });
  const { text: search } = list.query;
  return <Mail {...{ mail, run, chosen, choose, isMarked, setMarked, edit, editor, search, showAlike }} />;
}

function Foot({ mail, reader, settings }: ReaderProps & { mail: MailDetail }) {
  const { here, chosen, note, setNote, desk, decisions } = reader;
  return (
    <DecisionBar
      {...{ mail, chosen, note, setNote, ...decisions }}
      edit={desk.edit}
      isBusy={desk.isBusy || here === null}
      undo={() => void desk.undo()}
      goesOn={settings.goesOn}
      setGoesOn={settings.setGoesOn}
    />
  );
}
