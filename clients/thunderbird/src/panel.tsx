/** The panel behind the button in a message and in a reply's window. */
import { render } from "preact";
import { useState } from "preact/hooks";
import type { Length, Tone } from "../../../src/reply/portable.ts";
import { LeftOutNote } from "../../../web/shared/left-out.tsx";
import { noReplyKind } from "../../../web/shared/suggestions.ts";
import { type Panel, usePanel } from "./use-panel.ts";
import { words } from "./words.ts";

const TONES: readonly Tone[] = ["formal", "friendly", "brief"];
const LENGTHS: readonly Length[] = ["short", "medium", "long"];

function App() {
  const panel = usePanel();
  const { message, isBusy, fault, text, trigger } = panel;
  return (
    <>
      <header>
        <img src="./icon.svg" alt="" width="24" height="24" />
        <h1>pocketreply</h1>
        {isBusy && (
          <button type="button" onClick={panel.stop}>
            {words.stop}
          </button>
        )}
      </header>
      {fault !== null && <Fault panel={panel} />}
      {fault === null && message === null && !isBusy && <p>{words.noMessage}</p>}
      {fault === null && trigger !== null && !trigger.wantsReply && text === null && <NoReply panel={panel} />}
      {trigger?.wantsReply && text === null && <Suggestions panel={panel} />}
      {text !== null && <Draft panel={panel} />}
      {(trigger?.wantsReply || text !== null) && <LeftOutNote leftOut={panel.leftOut} words={words} />}
      {trigger !== null && <Steering panel={panel} />}
      <Choices panel={panel} />
      <footer>{words.local}</footer>
    </>
  );
}

function NoReply({ panel: { trigger, suggest } }: { panel: Panel }) {
  return (
    <section class="none">
      <h2>{words.noReply}</h2>
      <p>{words.noReplyKinds[noReplyKind(trigger!)]}</p>
      <button type="button" onClick={() => void suggest(true)}>
        {words.anyway}
      </button>
    </section>
  );
}

function Suggestions({ panel }: { panel: Panel }) {
  const { suggestions, isBusy, language } = panel;
  return (
    <section aria-busy={isBusy}>
      <h2>{words.suggestions}</h2>
      {suggestions.length === 0 && !isBusy && <p class="soft">{words.noSuggestions}</p>}
      <ul>
        {suggestions.map((one) => (
          <li key={one.intent}>
            <button type="button" class="suggestion" onClick={() => void panel.write({ from: one.reply })}>
              <span class={`intent ${one.intent}`}>{words.intents[one.intent]}</span>
              <span dir="auto" lang={language}>
                {one.text}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p class="soft" role="status">
        {isBusy ? words.thinking : ""}
      </p>
    </section>
  );
}

function Draft({ panel }: { panel: Panel }) {
  const { text, draft, isBusy, outcome, isComposing, language, suggestions } = panel;
  return (
    <section>
      <h2>{words.reply}</h2>
      <p class="draft" dir="auto" lang={language} aria-live="polite" aria-busy={isBusy}>
        {text}
      </p>
      {draft !== null && <Checks panel={panel} />}
      <p class="soft" role="status">
        {isBusy ? words.writing : outcome !== null ? words[outcome] : ""}
      </p>
      {!isBusy && text !== "" && (
        <div class="row">
          {!isComposing && outcome === null && (
            <>
              <button type="button" class="main" onClick={() => void panel.put()}>
                {words.open}
              </button>
              <button type="button" onClick={() => void panel.put(true)}>
                {words.keep}
              </button>
            </>
          )}
          {isComposing && outcome === null && (
            <button type="button" class="main" onClick={() => void panel.put()}>
              {words.putIn}
            </button>
          )}
          <button type="button" onClick={() => void panel.write({ isAnother: true })}>
            {words.another}
          </button>
          {suggestions.length > 0 && (
            <button type="button" onClick={panel.back}>
              {words.back}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

/** What the person should look at: gaps, claims that the mail does not license, wishes that were not followed. */
function Checks({ panel: { draft } }: { panel: Panel }) {
  const { flags, fields, followed } = draft!;
  const missed = followed.filter((one) => !one.followed);
  if (flags.length + fields.length + missed.length === 0) return null;
  return (
    <div class="checks">
      <h3>{words.checks}</h3>
      <ul>
        {fields.map((field) => (
          <li key={`${field.start}`}>{words.fill(field.label)}</li>
        ))}
        {flags.map((flag) => (
          <li key={`${flag.kind} ${flag.start}`}>{words.flagKinds[flag.kind](flag.text)}</li>
        ))}
        {missed.map(({ wish }) => (
          <li key={wish}>{words.notFollowed(wish)}</li>
        ))}
      </ul>
    </div>
  );
}

function Steering({ panel }: { panel: Panel }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void panel.write();
      }}
    >
      <label class="line">
        <span>{words.steer}</span>
        <input
          type="text"
          dir="auto"
          maxLength={500}
          placeholder={words.steerHint}
          value={panel.line}
          onInput={(event) => panel.setLine(event.currentTarget.value)}
        />
      </label>
      <div class="row">
        <Choice name={words.tone} options={TONES} labels={words.tones} chosen={panel.tone} choose={panel.setTone} />
        <Choice
          name={words.length}
          options={LENGTHS}
          labels={words.lengths}
          chosen={panel.length}
          choose={panel.setLength}
        />
        <button type="submit" class="main">
          {words.write}
        </button>
      </div>
    </form>
  );
}

/** What is kept for every mail: whose words, and whether changes are learnt from. */
function Choices({ panel: { choices, choose } }: { panel: Panel }) {
  return (
    <fieldset class="choices" aria-label={words.choices}>
      <label class="check">
        <input
          type="checkbox"
          checked={choices.isOwnStyle}
          onChange={(event) => choose({ isOwnStyle: event.currentTarget.checked })}
        />
        {words.ownStyle}
      </label>
      <label class="check" title={words.learningHint}>
        <input
          type="checkbox"
          checked={choices.isLearning}
          onChange={(event) => choose({ isLearning: event.currentTarget.checked })}
        />
        {words.learnSent}
      </label>
    </fieldset>
  );
}

function Choice<T extends string>(props: {
  name: string;
  options: readonly T[];
  labels: Readonly<Record<T, string>>;
  chosen: T | null;
  choose: (next: T | null) => void;
}) {
  const { name, options, labels, chosen, choose } = props;
  return (
    <select
      aria-label={name}
      value={chosen ?? ""}
      onChange={(event) => choose((event.currentTarget.value || null) as T | null)}
    >
      <option value="">{name}</option>
      {options.map((one) => (
        <option key={one} value={one}>
          {labels[one]}
        </option>
      ))}
    </select>
  );
}

function Fault({ panel }: { panel: Panel }) {
  const { fault, retry } = panel;
  if (fault!.kind === "unpaired") return <Pairing panel={panel} />;
  return (
    <section class="fault" role="alert">
      <p>{fault!.kind === "away" ? words.away : fault!.message}</p>
      {fault!.kind === "away" && <code>{words.awayCommand}</code>}
      <button type="button" onClick={() => void retry()}>
        {words.retry}
      </button>
    </section>
  );
}

function Pairing({ panel: { connection, pair } }: { panel: Panel }) {
  const [address, setAddress] = useState(connection.address);
  const [key, setKey] = useState("");
  return (
    <form
      class="fault"
      onSubmit={(event) => {
        event.preventDefault();
        pair(address, key);
      }}
    >
      <p>{words.unpaired}</p>
      <label>
        <span>{words.address}</span>
        <input type="url" value={address} onInput={(event) => setAddress(event.currentTarget.value)} required />
      </label>
      <label>
        <span>{words.key}</span>
        <input type="password" value={key} onInput={(event) => setKey(event.currentTarget.value)} required />
      </label>
      <button type="submit" class="main">
        {words.pair}
      </button>
    </form>
  );
}

render(<App />, document.getElementById("panel")!);
