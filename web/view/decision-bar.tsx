/** Where the person decides: always in reach, at the foot of the mail. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { MailDetail } from "../../src/view/api.ts";
import { type Edit, isChanged, type Notice } from "./use-desk.ts";
import { rejectReasons, reviewNames, when } from "./words.ts";

interface DecisionBarProps {
  readonly mail: MailDetail;
  readonly chosen: number | null;
  readonly edit: Edit | null;
  readonly isBusy: boolean;
  /** The note of a rejection while it is being written. */
  readonly note: string | null;
  readonly setNote: (note: string | null) => void;
  readonly accept: () => void;
  readonly startEdit: () => void;
  readonly saveEdit: () => void;
  readonly leaveEdit: (isSure: boolean) => void;
  readonly stay: () => void;
  readonly reject: (reason?: string) => void;
  readonly unsure: () => void;
  readonly undo: () => void;
  readonly goesOn: boolean;
  readonly setGoesOn: (value: boolean) => void;
}

export function DecisionBar(props: DecisionBarProps) {
  const { mail, chosen, edit, isBusy, note, setNote } = props;
  if (edit?.asking) return <Leave {...props} />;
  if (edit !== null) {
    return (
      <fieldset class="decide" aria-label="Editing">
        <button type="button" class="main" disabled={isBusy || edit.text.trim() === ""} onClick={props.saveEdit}>
          Save and accept
        </button>
        <button type="button" onClick={() => props.leaveEdit(false)}>
          Cancel
        </button>
        <span class="hint">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd> saves, <kbd>Esc</kbd> leaves
        </span>
      </fieldset>
    );
  }
  if (note !== null) return <Rejecting {...props} note={note} />;
  const { decided } = mail;
  return (
    <fieldset class="decide" aria-label="Decide">
      {decided !== null && (
        <p class="decided">
          <span>
            {reviewNames[decided.state]}
            {decided.attempt !== null && decided.state !== "rejected" && ` draft ${decided.attempt}`}
            <span class="aside"> {when(decided.at)}</span>
          </span>
          <button type="button" class="small" disabled={isBusy} onClick={props.undo} aria-keyshortcuts="u">
            Undo
          </button>
        </p>
      )}
      <button
        type="button"
        class="main"
        disabled={isBusy || chosen === null}
        onClick={props.accept}
        aria-keyshortcuts="a"
      >
        Accept
        {mail.drafts.length > 1 && chosen !== null && (
          <>
            <span class="where-room"> draft</span> {chosen}
          </>
        )}
      </button>
      <button type="button" disabled={isBusy} onClick={props.startEdit} aria-keyshortcuts="e">
        {mail.drafts.length === 0 ? "Write" : "Edit"}
      </button>
      <button type="button" disabled={isBusy} onClick={() => setNote("")} aria-keyshortcuts="r">
        Reject
      </button>
      <button type="button" class="unsure" disabled={isBusy} onClick={props.unsure} aria-keyshortcuts="s">
        Unsure
      </button>
      <GoesOn goesOn={props.goesOn} setGoesOn={props.setGoesOn} />
    </fieldset>
  );
}

type GoesOnProps = Pick<DecisionBarProps, "goesOn" | "setGoesOn"> & { readonly label?: string };

/** Whether a decision leads to the next mail. */
export function GoesOn({ goesOn, setGoesOn, label = "Go on to the next" }: GoesOnProps) {
  return (
    <label class="switch goes-on">
      <input type="checkbox" checked={goesOn} onChange={() => setGoesOn(!goesOn)} />
      {label}
    </label>
  );
}

function Rejecting({ note, setNote, reject, isBusy }: DecisionBarProps & { note: string }) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current!.focus(), []); // before the next key
  return (
    <form
      class="decide"
      aria-label="Reject"
      onSubmit={(event) => {
        event.preventDefault();
        reject();
      }}
    >
      <input
        ref={field}
        class="note-field"
        type="text"
        dir="auto"
        autocomplete="off"
        aria-label="Why it is rejected (optional)"
        placeholder="Why? (optional)"
        value={note}
        onInput={(event) => setNote(event.currentTarget.value)}
        onKeyDown={(event) => {
          const reason = note === "" && /^[1-9]$/.test(event.key) ? rejectReasons[Number(event.key) - 1] : undefined;
          if (reason !== undefined) {
            event.preventDefault();
            reject(reason);
          }
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setNote(null);
        }}
      />
      <button type="submit" class="main bad" disabled={isBusy}>
        Reject
      </button>
      <button type="button" onClick={() => setNote(null)}>
        Cancel
      </button>
      <fieldset class="reasons" aria-label="A reason by one key">
        {rejectReasons.map((reason, i) => (
          <button key={reason} type="button" class="small" disabled={isBusy} onClick={() => reject(reason)}>
            <kbd>{i + 1}</kbd> {reason}
          </button>
        ))}
      </fieldset>
    </form>
  );
}

function Leave({ edit, leaveEdit, stay }: DecisionBarProps) {
  const first = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => first.current!.focus(), []);
  return (
    <div
      class="decide"
      role="alertdialog"
      aria-label="Leave without saving?"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        stay();
      }}
    >
      <p class="decided">{edit !== null && isChanged(edit) && "Leave without saving what you wrote?"}</p>
      <button type="button" ref={first} class="main" onClick={stay}>
        Keep editing
      </button>
      <button type="button" onClick={() => leaveEdit(true)}>
        Leave without saving
      </button>
    </div>
  );
}

/** What was last decided or failed, with the way back. */
export function NoticeBar({ notice, undo, close }: { notice: Notice; undo: () => void; close: () => void }) {
  return (
    <div class={`notice ${notice.kind}`}>
      <span>{notice.text}</span>
      {notice.undo && (
        <button type="button" class="small" onClick={undo}>
          Undo<span class="unseen"> the last decision</span>
        </button>
      )}
      <button type="button" class="quiet" onClick={close} aria-label="Close this message">
        <span aria-hidden="true">✕</span>
      </button>
    </div>
  );
}
