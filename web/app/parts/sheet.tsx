import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useWords } from "../words/index.ts";
import { Icon } from "./icon.tsx";

/** A dialog over the page: from below on a phone, in the middle elsewhere. */
export function Sheet({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="sheet-title"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="inside">
        <header>
          <h2 id="sheet-title">{title}</h2>
          <button type="button" class="quiet round" onClick={close} aria-label={words.close}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
