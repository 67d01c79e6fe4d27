/** A reply being rewritten by the person, in its place. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Edit } from "./use-desk.ts";

interface EditorProps {
  readonly edit: Edit;
  readonly write: (text: string) => void;
  readonly save: () => void;
  readonly leave: () => void;
}

export function Editor({ edit, write, save, leave }: EditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    area.current!.focus();
    area.current!.setSelectionRange(0, 0);
  }, []);
  return (
    <textarea
      ref={area}
      class="editor"
      dir="auto"
      aria-label="Reply, being edited"
      value={edit.text}
      onInput={(event) => write(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
        else if (event.key === "Escape") leave();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
