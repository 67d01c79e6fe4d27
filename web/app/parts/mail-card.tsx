import { useState } from "preact/hooks";
import { noReplyKind } from "../../shared/suggestions.ts";
import type { ReadMail } from "../engine/protocol.ts";
import { useWords } from "../words/index.ts";
import { Icon } from "./icon.tsx";

/** The mail, folded; what the model does not read of it is marked. */
export function MailCard({ mail, leftOut }: Pick<ReadMail, "mail" | "leftOut">) {
  const words = useWords();
  const [isOpen] = useState(() => matchMedia("(min-width: 1000px)").matches); // where there is room beside the reply
  const { from, subject = "", text } = mail;
  const sender = from?.name || from?.address || "";
  return (
    <details class="card mail" open={isOpen}>
      <summary>
        <span class="who" dir="auto">
          {sender || words.mail}
        </span>
        <span class="what" dir="auto">
          {subject || text.slice(0, 120)}
        </span>
        <Icon name="down" />
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class="body" dir="auto" tabIndex={0} aria-label={words.mail}>
        <Marked text={text} places={leftOut.filter(({ where }) => where === "text")} />
      </section>
    </details>
  );
}

function Marked({ text, places }: { text: string; places: ReadMail["leftOut"] }) {
  const words = useWords();
  let at = 0;
  const parts = places.map(({ start, end }) => {
    const before = text.slice(at, start);
    at = end;
    return (
      <>
        {before}
        <mark title={words.notRead}>{text.slice(start, end)}</mark>
      </>
    );
  });
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}

/** Why the mail needs no reply, where one would stand. */
export function Verdict({ trigger, anyway }: Pick<ReadMail, "trigger"> & { anyway: () => void }) {
  const words = useWords();
  const kind = words.noReplyKinds[noReplyKind(trigger)];
  const sign = /\(([^()]+)\)$/.exec(trigger.reason ?? "")?.[1];
  return (
    <section class="card verdict" role="status">
      <p class="large">
        {words.noReply}: {kind}
      </p>
      {sign !== undefined && <p class="soft">{sign}</p>}
      <button type="button" onClick={anyway} disabled={trigger.rule === "wordless"}>
        {words.anyway}
      </button>
    </section>
  );
}
