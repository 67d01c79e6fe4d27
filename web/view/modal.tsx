/** A dialog over the page: it holds the focus, Esc or a click beside it closes it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Modal(props: {
  label: string;
  kind: "drawer" | "card";
  close: () => void;
  children: ComponentChildren;
}) {
  const { label, kind, close, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the browser's own for a dialog
    <dialog
      ref={dialog}
      class={`modal ${kind}`}
      aria-label={label}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="modal-inner">
        <header>
          <h2>{label}</h2>
          <button type="button" class="quiet" onClick={close} aria-label={`Close ${label.toLowerCase()}`}>
            <span aria-hidden="true">✕</span>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
