import type { Length, Tone } from "../../../src/reply/portable.ts";
import type { Reply } from "../use-reply.ts";
import { useWords } from "../words/index.ts";

const TONES: readonly Tone[] = ["formal", "friendly", "brief"];
const LENGTHS: readonly Length[] = ["short", "medium", "long"];

/** A line that says what to write, and tone and length to tap. */
export function Steering({ reply, isReady }: { reply: Reply; isReady: boolean }) {
  const words = useWords();
  const { line, tone, length } = reply;
  return (
    <form
      class="steer"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) void reply.write();
      }}
    >
      <label class="line">
        <span>{words.steer}</span>
        <input
          type="text"
          dir="auto"
          enterkeyhint="go"
          maxLength={500}
          placeholder={words.steerHint}
          value={line}
          onInput={(event) => reply.setLine(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="main" disabled={!isReady}>
        {words.write}
      </button>
      <Choice
        name={words.tone}
        options={TONES}
        labels={words.tones}
        chosen={tone}
        choose={(next) => void reply.write({ tone: next })}
        isOff={!isReady}
      />
      <Choice
        name={words.length}
        options={LENGTHS}
        labels={words.lengths}
        chosen={length}
        choose={(next) => void reply.write({ length: next })}
        isOff={!isReady}
      />
    </form>
  );
}

/** Buttons of which one, or none, is pressed. */
function Choice<T extends string>({
  name,
  options,
  labels,
  chosen,
  choose,
  isOff,
}: {
  name: string;
  options: readonly T[];
  labels: Readonly<Record<T, string>>;
  chosen: T | null;
  choose: (next: T | null) => void;
  isOff: boolean;
}) {
  return (
    <fieldset class="choice" aria-label={name}>
      {options.map((one) => (
        <button
          type="button"
          class="pill"
          key={one}
          aria-pressed={one === chosen}
          disabled={isOff}
          onClick={() => choose(one === chosen ? null : one)}
        >
          {labels[one]}
        </button>
      ))}
    </fieldset>
  );
}
