import { useState } from "preact/hooks";
import type { AssistantMail } from "../../../src/reply/portable.ts";
import { SAMPLES } from "../samples.ts";
import { useWords } from "../words/index.ts";
import { Icon } from "./icon.tsx";

/** Where a mail comes in: pasted, typed, opened, dropped, or one to try. */
export function NewMail({
  take,
  takeBytes,
}: {
  take: (mail: AssistantMail) => void;
  takeBytes: (bytes: Uint8Array, name: string) => void;
}) {
  const words = useWords();
  const [text, setText] = useState("");
  const use = (given: string) => given.trim() !== "" && takeBytes(new TextEncoder().encode(given), "");
  const openFile = async (file: File | undefined) => {
    if (file !== undefined) takeBytes(new Uint8Array(await file.arrayBuffer()), file.name);
  };
  const paste = async () => {
    const given = await navigator.clipboard?.readText().catch(() => "");
    if (given) use(given);
    else document.querySelector<HTMLTextAreaElement>("#new-mail")?.focus();
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void openFile(event.dataTransfer?.files[0]);
  };
  return (
    <section class="new" aria-labelledby="new-title" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <p class="tagline">{words.tagline}</p>
      <h2 id="new-title">{words.pasteTitle}</h2>
      <div class="card paste">
        <textarea
          id="new-mail"
          dir="auto"
          rows={7}
          aria-label={words.pasteLabel}
          placeholder={words.pasteHint}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && use(text)}
        />
        <div class="actions">
          {"clipboard" in navigator && (
            <button type="button" onClick={paste}>
              <Icon name="paste" /> {words.paste}
            </button>
          )}
          <label class="button">
            <Icon name="file" /> {words.openFile}
            <input
              class="unseen"
              type="file"
              accept=".eml,message/rfc822,text/plain"
              onChange={(event) => void openFile(event.currentTarget.files?.[0])}
            />
          </label>
          <button type="button" class="main" disabled={text.trim() === ""} onClick={() => use(text)}>
            {words.useText}
          </button>
        </div>
      </div>
      <fieldset class="tries" aria-label={words.tryOne}>
        <span class="soft">{words.tryOne}</span>
        {(Object.keys(SAMPLES) as (keyof typeof SAMPLES)[]).map((name) => (
          <button type="button" class="pill" key={name} onClick={() => take(SAMPLES[name])}>
            {words.samples[name]}
          </button>
        ))}
      </fieldset>
    </section>
  );
}
