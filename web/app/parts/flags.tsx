import { useState } from "preact/hooks";
import type { Field, Flag } from "../../../src/reply/portable.ts";
import { flagKey, type Reply } from "../use-reply.ts";
import { useWords } from "../words/index.ts";
import { Icon } from "./icon.tsx";

/** What has to be looked at before the reply may leave: gaps to fill in, and claims to say yes to. */
export function Flags({ reply }: { reply: Reply }) {
  const words = useWords();
  const { checked, acknowledged, openCount } = reply;
  if (openCount === 0) return null;
  const open = checked.flags.filter((flag) => !acknowledged.includes(flagKey(flag)));
  return (
    <section class="flags" aria-labelledby="flags-title">
      <h3 id="flags-title">
        <Icon name="flag" /> {words.flagsTitle(openCount)}
      </h3>
      <ul>
        {checked.fields.map((field) => (
          <FieldRow key={`${field.start} ${field.text}`} field={field} reply={reply} />
        ))}
        {open.map((flag) => (
          <FlagRow key={flagKey(flag)} flag={flag} acknowledge={() => reply.acknowledge(flagKey(flag))} />
        ))}
      </ul>
    </section>
  );
}

function FlagRow({ flag, acknowledge }: { flag: Flag; acknowledge: () => void }) {
  const words = useWords();
  const text = flag.text.length > 80 ? `${flag.text.slice(0, 77)}…` : flag.text;
  return (
    <li>
      <span dir="auto">{words.flagKinds[flag.kind](text)}</span>
      <button type="button" onClick={acknowledge} aria-label={`${words.itIsRight}: ${text}`}>
        {words.itIsRight}
      </button>
    </li>
  );
}

function FieldRow({ field, reply }: { field: Field; reply: Reply }) {
  const words = useWords();
  const [value, setValue] = useState("");
  const put = (event: Event) => {
    event.preventDefault();
    const text = reply.text ?? "";
    if (value.trim() !== "") reply.edit(text.slice(0, field.start) + value.trim() + text.slice(field.end));
  };
  return (
    <li>
      <form onSubmit={put}>
        <label>
          <span>{words.fill(field.label)}</span>
          <input type="text" dir="auto" value={value} onInput={(event) => setValue(event.currentTarget.value)} />
        </label>
        <button type="submit" disabled={value.trim() === ""}>
          {words.putIn}
        </button>
      </form>
    </li>
  );
}
