import type { Reply } from "../use-reply.ts";
import { useWords } from "../words/index.ts";
import { Icon } from "./icon.tsx";
import { Steering } from "./steering.tsx";

/** Three replies to tap, each another intent: what is often said at once, the model's words when they come. */
export function Suggestions({ reply, isReady }: { reply: Reply; isReady: boolean }) {
  const words = useWords();
  const { suggestions, isSuggesting, read } = reply;
  return (
    <section class="suggest" aria-labelledby="suggest-title">
      <h2 id="suggest-title">{words.suggestions}</h2>
      {suggestions.length === 0 && <p class="soft">{words.noSuggestions}</p>}
      <ul aria-busy={isSuggesting}>
        {suggestions.map((one) => (
          <li key={one.intent}>
            <button
              type="button"
              class="suggestion"
              data-source={one.source}
              onClick={() => (isReady ? void reply.write({ from: one.reply }) : reply.edit(one.reply))}
            >
              <span class={`intent ${one.intent}`}>{words.intents[one.intent]}</span>
              <span class="words" dir="auto" lang={read?.reading.language}>
                {one.text}
              </span>
              <span class="source">{words.sources[one.source]}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class={isSuggesting ? "thinking" : "thinking unseen"} role="status">
        {isSuggesting ? words.thinking : ""}
      </p>
      <Steering reply={reply} isReady={isReady} />
      <button type="button" class="quiet own" onClick={reply.ownWords}>
        <Icon name="pen" /> {words.ownWords}
      </button>
    </section>
  );
}
