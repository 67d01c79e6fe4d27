import { useEffect, useRef, useState } from "preact/hooks";
import { flagKey, type Reply } from "../use-reply.ts";
import { useWords } from "../words/index.ts";
import { Flags } from "./flags.tsx";
import { Icon } from "./icon.tsx";
import { Steering } from "./steering.tsx";

/** The reply: editable, what is doubtful marked in it, and the way out of the app once all of that is settled. */
export function Composer({ reply, isReady }: { reply: Reply; isReady: boolean }) {
  const words = useWords();
  const { isWriting, openCount, draft, completion } = reply;
  const text = reply.text ?? "";
  return (
    <section class="compose" aria-labelledby="reply-title">
      <h2 id="reply-title">{words.reply}</h2>
      <div class="card paper">
        <Editor reply={reply} />
        {completion !== null && (
          <button type="button" class="completion" onClick={reply.accept}>
            {words.complete(completion.text)} <kbd>Tab</kbd>
          </button>
        )}
        {draft?.shortened && <p class="soft note">{words.shortened}</p>}
        {draft?.followed.some(({ followed }) => !followed) && (
          <p class="soft note">
            {words.notFollowed(
              draft.followed
                .filter(({ followed }) => !followed)
                .map(({ wish }) => wish)
                .join("; "),
            )}
          </p>
        )}
        {!isWriting && <Flags reply={reply} />}
        <div class="actions">
          {isWriting ? (
            <button type="button" onClick={reply.stop}>
              <Icon name="stop" /> {words.stop}
            </button>
          ) : (
            <button type="button" disabled={!isReady} onClick={() => void reply.write({ isAnother: true })}>
              <Icon name="again" /> {words.another}
            </button>
          )}
          <Leave text={text} openCount={openCount} isWriting={isWriting} sent={reply.sent} />
        </div>
      </div>
      <p class="unseen" role="status">
        {isWriting
          ? words.writing
          : draft === null
            ? ""
            : `${words.drafted} ${openCount > 0 ? words.flagsTitle(openCount) : ""}`}
      </p>
      <Steering reply={reply} isReady={isReady} />
    </section>
  );
}

/** The text in a field, over a copy of itself in which doubtful places are marked. */
function Editor({ reply }: { reply: Reply }) {
  const words = useWords();
  const { isWriting, checked, acknowledged, completion, read } = reply;
  const text = reply.text ?? "";
  const field = useRef<HTMLTextAreaElement>(null);
  const marks = [...checked.flags.filter((flag) => !acknowledged.includes(flagKey(flag))), ...checked.fields].filter(
    ({ start, end }) => end <= text.length && end > start,
  );
  useEffect(() => {
    if (!isWriting && matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, [isWriting]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Tab" || event.shiftKey || completion === null) return;
    event.preventDefault();
    reply.accept();
  };
  return (
    <div class={isWriting ? "editor writing" : "editor"} lang={read?.reading.language}>
      <div class="backdrop" aria-hidden="true" dir="auto">
        {markUp(text, marks)}
        {completion !== null && <span class="ghost">{completion.text}</span>}
        {"\u200b"}
      </div>
      <textarea
        ref={field}
        dir="auto"
        aria-label={words.reply}
        spellcheck
        value={text}
        readOnly={isWriting}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          const { value, selectionStart } = event.currentTarget;
          reply.edit(value, { mayComplete: selectionStart === value.length });
        }}
      />
    </div>
  );
}

function markUp(text: string, marks: readonly { start: number; end: number }[]) {
  const parts = [];
  let at = 0;
  for (const { start, end } of [...marks].sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    parts.push(text.slice(at, start), <mark key={start}>{text.slice(start, end)}</mark>);
    at = end;
  }
  return [...parts, text.slice(at)];
}

/** Copy and Share, which wait until nothing is left to check. */
function Leave({
  text,
  openCount,
  isWriting,
  sent,
}: {
  text: string;
  openCount: number;
  isWriting: boolean;
  sent: () => Promise<void>;
}) {
  const words = useWords();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => setCopied(false), [text]);
  const isOff = isWriting || openCount > 0 || text.trim() === "";
  const copy = async () => {
    await copyText(text);
    try {
      await sent(); // first, so that a page that is left behind "Copied" has it in its history
    } finally {
      setCopied(true);
    }
  };
  const share = async () => {
    try {
      await navigator.share({ text });
      await sent();
    } catch {
      // the person closed the sheet
    }
  };
  return (
    <div class="leave">
      <span class="unseen" role="status">
        {isCopied ? words.copied : ""}
      </span>
      {openCount > 0 && !isWriting && (
        <span class="soft" id="blocked">
          {words.blocked(openCount)}
        </span>
      )}
      {"share" in navigator && (
        <button type="button" disabled={isOff} onClick={share}>
          <Icon name="share" /> {words.share}
        </button>
      )}
      <button
        type="button"
        class="main"
        disabled={isOff}
        aria-describedby={openCount > 0 ? "blocked" : undefined}
        onClick={copy}
      >
        <Icon name={isCopied ? "check" : "copy"} /> {isCopied ? words.copied : words.copy}
      </button>
    </div>
  );
}

/** By the clipboard, or over plain http by the field that was selected. */
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    document.querySelector<HTMLTextAreaElement>(".editor textarea")?.select();
    document.execCommand("copy");
  }
}
