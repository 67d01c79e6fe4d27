/** A mail with all that teacher, judge and person made of it. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { MailDetail, RunInfo } from "../../src/view/api.ts";
import { Calls } from "./calls.tsx";
import { Draft } from "./draft.tsx";
import { compareFacts, findHits, type Mark } from "./marks.ts";
import { oneLine, showHidden } from "./plain.ts";
import { Changes, Line, Prose } from "./text.tsx";
import type { Edit } from "./use-desk.ts";
import { useMedia } from "./use-media.ts";
import {
  capital,
  drafts,
  faultTitles,
  reasonName,
  reviewNames,
  spaced,
  statusMarks,
  statusNames,
  when,
} from "./words.ts";

interface MailProps {
  readonly mail: MailDetail;
  readonly run: RunInfo;
  /** The draft that Accept takes. */
  readonly chosen: number | null;
  readonly choose: (attempt: number) => void;
  readonly isMarked: boolean;
  readonly setMarked: (value: boolean) => void;
  readonly edit: Edit | null;
  /** In place of the words being edited. */
  readonly editor: ComponentChildren;
  /** What the list is searched for. */
  readonly search: string;
  /** Lists the mails that say nearly the same. */
  readonly showAlike: () => void;
}

/** Mail and reply stand side by side, and drafts that are not chosen are a line each. As in style.css. */
const WIDE = "(min-width: 1200px)";
const NONE: readonly Mark[] = [];

export function Mail({ mail, run, chosen, choose, isMarked, setMarked, edit, editor, search, showAlike }: MailProps) {
  const { email, decided } = mail;
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // Who opened it with a finger or a screen reader is taken to it; who goes through the list by key stays there.
    if (isFirst.current && document.activeElement === document.body) heading.current!.focus({ preventScroll: true });
    isFirst.current = false;
  }, []);
  const isWide = useMedia(WIDE);
  const chosenReply = mail.drafts.find(({ attempt }) => attempt === chosen)?.reply ?? "";
  const marks = useMemo(() => {
    const facts = compareFacts(email.body, chosenReply, `${email.from}\n${email.to}\n${email.subject}`);
    return {
      mail: [...findHits(email.body, search), ...facts.mail],
      reply: [...findHits(chosenReply, search), ...facts.reply],
    };
  }, [email, chosenReply, search]);
  const isOwnEdited = edit !== null && (edit.own || edit.attempt === null);
  const hasOwn = decided !== null && decided.state !== "accepted" && decided.reply !== null;
  return (
    <article class="mail" aria-label="Mail">
      <h2 ref={heading} tabIndex={-1}>
        <Line text={email.subject || "no subject"} />
      </h2>
      <p class="standing">
        <span class={`badge ${mail.status}`}>
          <span aria-hidden="true">{statusMarks[mail.status]} </span>
          {statusNames[mail.status]}
        </span>
        {mail.review !== "none" && <span class={`badge yours ${mail.review}`}>{reviewNames[mail.review]}</span>}
        <span>{capital(spaced(oneLine(mail.intent, 60)))}</span>
        <span>{capital(drafts(mail.drafts.length))}</span>
        {mail.alike > 0 && (
          <button type="button" class="link" onClick={showAlike}>
            {mail.alike === 1 ? "One more says" : `${mail.alike} more say`} nearly the same
          </button>
        )}
      </p>
      {mail.reason !== null && (
        <p class="why">
          <b>{reasonName(oneLine(mail.reason, 60))}.</b> {mail.detail !== null && <Line text={capital(mail.detail)} />}
        </p>
      )}
      <div class="sides">
        <div class="left-side">
          <dl class="envelope">
            <Head name="From" text={email.from} />
            <Head name="To" text={email.to} />
            <Head name="Cc" text={email.cc} />
            {email.date !== null && <Head name="Date" text={when(email.date)} />}
          </dl>
          <div class="body">
            {email.body.trim() === "" ? (
              <p class="aside">The mail has no text.</p>
            ) : (
              <Prose text={email.body} marks={marks.mail} />
            )}
          </div>
          <Thread mail={mail} />
        </div>
        <div class="right-side">
          <div class="drafts-head">
            <h3>{mail.drafts.length === 1 ? "The reply" : "The replies"}</h3>
            {mail.drafts.length > 1 && (
              <label class="switch">
                <input type="checkbox" checked={isMarked} onChange={() => setMarked(!isMarked)} />
                Mark what changed
              </label>
            )}
          </div>
          {(isOwnEdited || hasOwn) && (
            <section class="own" aria-label="Your reply">
              <h4>{decided?.state === "outdated" ? "Your reply, to an older text of this mail" : "Your reply"}</h4>
              {isOwnEdited ? editor : <OwnWords mail={mail} isMarked={isMarked} />}
            </section>
          )}
          {decided?.note && (
            <p class="note">
              <b>Your note:</b> {showHidden(decided.note)}
            </p>
          )}
          {mail.drafts.length === 0 ? (
            <p class="aside">There is no draft of this mail. You can write a reply yourself.</p>
          ) : (
            <DraftStrip key={mail.id} mail={mail} chosen={chosen} choose={choose}>
              {mail.drafts.map((draft, i) => (
                <Draft
                  key={draft.attempt}
                  draft={draft}
                  count={mail.drafts.length}
                  run={run}
                  isChosen={draft.attempt === chosen}
                  choose={() => choose(draft.attempt)}
                  isCollapsed={isWide && draft.attempt !== chosen}
                  marks={draft.attempt === chosen ? marks.reply : NONE}
                  before={isMarked && i > 0 ? mail.drafts[i - 1].reply : null}
                  editor={edit !== null && !edit.own && edit.attempt === draft.attempt ? editor : null}
                />
              ))}
            </DraftStrip>
          )}
          {mail.faults.length > 0 && (
            <p class="faults">
              <b>Before sending:</b> {mail.faults.map((fault) => faultTitles[fault].toLowerCase()).join(", ")}
            </p>
          )}
          <Calls calls={mail.calls} />
        </div>
      </div>
    </article>
  );
}

/** What was said before in the thread, and what the owner of the mailbox really answered. */
function Thread({ mail: { earlier, answered } }: { mail: MailDetail }) {
  return (
    <>
      {earlier.length > 0 && (
        <details class="more">
          <summary>{earlier.length === 1 ? "The mail before" : `${earlier.length} mails before`} in the thread</summary>
          {earlier.map(({ from, date, body }) => (
            <section key={`${date} ${from}`}>
              <p class="aside">
                <Line text={from} />
                {date !== null && `, ${when(date)}`}
              </p>
              <Prose text={body} />
            </section>
          ))}
        </details>
      )}
      {answered !== null && (
        <details class="more">
          <summary>What was really answered</summary>
          <Prose text={answered} />
        </details>
      )}
    </>
  );
}

function Head({ name, text }: { name: string; text: string }) {
  if (text === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Line text={text} />
      </dd>
    </>
  );
}

function OwnWords({ mail: { decided, drafts: all }, isMarked }: { mail: MailDetail; isMarked: boolean }) {
  const source = all.find(({ attempt }) => attempt === decided!.attempt);
  if (!isMarked || !source) return <Prose text={decided!.reply!} />;
  return <Changes before={source.reply} after={decided!.reply!} />;
}

/**
 * The drafts side by side; where there is not room enough a strip to be swiped through, and the draft that is in sight is the
 * chosen one.
 */
function DraftStrip(props: {
  mail: MailDetail;
  chosen: number | null;
  choose: (attempt: number) => void;
  children: ComponentChildren;
}) {
  const { mail, chosen, choose, children } = props;
  const strip = useRef<HTMLOListElement>(null);
  const settle = useRef<number | undefined>(undefined);
  const isOurs = useRef(false);

  useLayoutEffect(() => {
    const { current: list } = strip;
    const card = list!.querySelector<HTMLElement>(".draft.chosen");
    if (!card || list!.scrollWidth <= list!.clientWidth) return;
    const left = Math.min(card.offsetLeft - list!.offsetLeft, list!.scrollWidth - list!.clientWidth);
    if (Math.abs(left - list!.scrollLeft) < 2) return;
    isOurs.current = true;
    list!.scrollLeft = left;
  }, [chosen]);

  const onScroll = () => {
    clearTimeout(settle.current);
    settle.current = window.setTimeout(() => {
      if (isOurs.current) {
        isOurs.current = false;
        return;
      }
      const { left, width } = strip.current!.getBoundingClientRect();
      const cards = [...strip.current!.querySelectorAll<HTMLElement>(".draft")];
      const away = (card: HTMLElement) => {
        const box = card.getBoundingClientRect();
        return Math.abs(box.left + box.width / 2 - left - width / 2);
      };
      const nearest = cards.sort((a, b) => away(a) - away(b))[0];
      if (nearest) choose(Number(nearest.dataset.attempt));
    }, 120);
  };
  useEffect(() => () => clearTimeout(settle.current), []);
  return (
    <ol ref={strip} class={`drafts of-${Math.min(4, mail.drafts.length)}`} aria-label="Drafts" onScroll={onScroll}>
      {children}
    </ol>
  );
}
