/** One mail on its way to a reply: read, suggestions, draft, what is to be checked, and what the person does with it. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { AssistantMail, Completion, Draft, Length, Suggestion, Tone } from "../../src/reply/portable.ts";
import { takeInPlace } from "../shared/suggestions.ts";
import type { Engine } from "./engine/client.ts";
import { type Checked, EngineError, type ReadMail } from "./engine/protocol.ts";
import { keepEdit } from "./store/edits.ts";
import { keepReply } from "./store/history.ts";
import { keep, readKept, thresholdOfOpen } from "./store/settings.ts";

/** Everything that the page shows of one mail. */
export interface ReplyState {
  readonly read: ReadMail | null;
  /** The person wants a reply to a mail that needs none. */
  readonly isAnyway: boolean;
  readonly suggestions: readonly Suggestion[];
  readonly isSuggesting: boolean;
  /** Null until a suggestion is tapped, or words are typed. */
  readonly text: string | null;
  /** The draft as the model left it, before the person changed it. */
  readonly made: string | null;
  readonly isWriting: boolean;
  readonly line: string;
  readonly tone: Tone | null;
  readonly length: Length | null;
  readonly draft: Draft | null;
  readonly checked: Checked;
  readonly acknowledged: readonly string[];
  readonly completion: Completion | null;
  readonly fault: EngineError | null;
}

const NOTHING: ReplyState = {
  read: null,
  isAnyway: false,
  suggestions: [],
  isSuggesting: false,
  text: null,
  made: null,
  isWriting: false,
  line: "",
  tone: null,
  length: null,
  draft: null,
  checked: { flags: [], fields: [] },
  acknowledged: [],
  completion: null,
  fault: null,
};

/** What a flag is known by once the person has said that it is right. */
export const flagKey = ({ kind, text }: { kind: string; text: string }): string => `${kind} ${text}`;

/** How many things still have to be filled in or acknowledged before the reply may leave. */
export function countOpen({ checked, acknowledged }: Pick<ReplyState, "checked" | "acknowledged">): number {
  const flags = checked.flags.filter((flag) => !acknowledged.includes(flagKey(flag)));
  return flags.length + checked.fields.length;
}

export type Reply = ReturnType<typeof useReply>;

/** The reply desk over `engine`; suggestions are asked for once a model is ready. */
export function useReply(engine: Engine, isReady: boolean) {
  const [state, setState] = useState<ReplyState>(restore);
  const change = useCallback((part: Partial<ReplyState>) => setState((last) => ({ ...last, ...part })), []);
  const work = useRef<AbortController | null>(null);
  const typing = useRef<AbortController | null>(null);
  const tries = useRef(0);
  const latest = useRef(state);
  latest.current = state;

  const begin = useCallback(() => {
    work.current?.abort();
    typing.current?.abort();
    work.current = new AbortController();
    return work.current.signal;
  }, []);
  const tell = useCallback(
    (error: unknown) => {
      const fault = error instanceof EngineError ? error : new EngineError({ kind: "other", message: String(error) });
      if (fault.kind !== "aborted") change({ fault });
    },
    [change],
  );

  /** Reads a mail, and shows replies of the response set, or our own phrases, at once. */
  const take = useCallback(
    async (mail: AssistantMail) => {
      begin();
      try {
        const read = await engine.call("read", [mail, readKept().responses]);
        const { wantsReply } = read.trigger;
        setState({
          ...NOTHING,
          read,
          suggestions: wantsReply ? read.instant : [],
          isSuggesting: isReady && wantsReply,
        });
      } catch (error) {
        tell(error);
      }
    },
    [engine, isReady, begin, tell],
  );

  const takeBytes = async (bytes: Uint8Array, name: string) => {
    try {
      await take(await engine.call("parse", [bytes, name]));
    } catch (error) {
      tell(error);
    }
  };

  const wantsReply = state.read !== null && (state.read.trigger.wantsReply || state.isAnyway);
  const mail = state.read?.mail ?? null;
  const isAsked = isReady && wantsReply && mail !== null && state.text === null;
  useEffect(() => {
    if (!isAsked || mail === null) return;
    const signal = begin();
    const own = work.current;
    const made: Suggestion[] = [];
    change({ isSuggesting: true, fault: null });
    engine
      .call("suggest", [mail], {
        signal,
        onEvent: (one) => {
          made.push(one);
          change({ suggestions: takeInPlace(latest.current.suggestions, [...made]) });
        },
      })
      .then((suggestions) => change({ suggestions, isSuggesting: false }))
      .catch((error) => {
        if (!signal.aborted) change({ isSuggesting: false });
        tell(error);
      });
    return () => own?.abort(); // and not the draft that may have begun meanwhile
  }, [isAsked, mail, engine, begin, change, tell]);

  /** Has the model write; `from` is a beginning such as a tapped suggestion. */
  const write = useCallback(
    async (
      change_: { line?: string; tone?: Tone | null; length?: Length | null; from?: string; isAnother?: boolean } = {},
    ) => {
      const { read } = latest.current;
      if (read === null) return;
      const {
        line = latest.current.line,
        tone = latest.current.tone,
        length = latest.current.length,
        from,
        isAnother,
      } = change_;
      const signal = begin();
      tries.current = isAnother ? tries.current + 1 : 0;
      change({
        line,
        tone,
        length,
        text: from ?? "",
        made: null,
        isWriting: true,
        draft: null,
        checked: NOTHING.checked,
        acknowledged: [],
        completion: null,
        fault: null,
      });
      const steering = { ...(line.trim() === "" ? {} : { line }), ...(tone && { tone }), ...(length && { length }) };
      const options = { begin: from, ...(isAnother && { temperature: 0.7, seed: tries.current }) };
      let text = "";
      try {
        const draft = await engine.call("draft", [read.mail, steering, options], {
          signal,
          onEvent: (piece) => {
            text += piece;
            change({ text });
          },
        });
        change({ text: draft.text, made: draft.text, draft, checked: draft, isWriting: false });
      } catch (error) {
        if (signal.aborted && work.current?.signal !== signal) return; // another draft has begun
        change({ isWriting: false });
        tell(error);
        await look(latest.current.text ?? "");
      }
    },
    [engine, begin, change, tell],
  );

  const look = async (text: string) => {
    const { read, line } = latest.current;
    if (read === null || text === "") return;
    const checked = await engine.call("check", [read.mail, text, line]).catch(() => NOTHING.checked);
    if (latest.current.text === text) change({ checked });
  };

  /** The person types; the words that follow are looked for where the device is fast enough. */
  const edit = (text: string, { mayComplete = false } = {}) => {
    if (latest.current.isWriting) begin();
    typing.current?.abort();
    change({ text, isWriting: false, completion: null });
    latest.current = { ...latest.current, text };
    void look(text);
    const { read } = latest.current;
    if (!mayComplete || !isReady || read === null || text.trim() === "" || !isFastEnough()) return;
    const abort = new AbortController();
    typing.current = abort;
    engine
      .call("complete", [read.mail, text, thresholdOfOpen()], { signal: abort.signal })
      .then((completion) => latest.current.text === text && change({ completion }))
      .catch(() => {}); // a completion that does not come is none
  };

  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false; // nothing is restored yet
      return;
    }
    const { read, text, made, line, tone, length, acknowledged, isWriting } = state;
    if (isWriting) return;
    keep({ draft: read === null ? null : { mail: read.mail, text, made, line, tone, length, acknowledged } });
  }, [state]);

  useEffect(() => {
    const { draft } = readKept();
    if (draft === null) return;
    engine.call("read", [draft.mail, readKept().responses]).then((read) => {
      change({ read, suggestions: read.trigger.wantsReply ? read.instant : [] });
      latest.current = { ...latest.current, read };
      void look(draft.text ?? "");
    }, tell);
  }, [engine]);

  return {
    ...state,
    wantsReply,
    openCount: countOpen(state),
    take,
    takeBytes,
    write,
    edit,
    anyway: () => change({ isAnyway: true, suggestions: state.read?.instant ?? [] }),
    stop: () => work.current?.abort(),
    setLine: (line: string) => change({ line }),
    acknowledge: (key: string) => change({ acknowledged: [...state.acknowledged, key] }),
    accept: () => state.completion && edit((state.text ?? "") + state.completion.text, { mayComplete: true }),
    ownWords: () => {
      begin();
      change({ text: "", made: null, isSuggesting: false });
    },
    forget: () => {
      begin();
      setState(NOTHING);
    },
    dismiss: () => change({ fault: null }),
    sent: async () => {
      const { text, made, line } = state;
      const { subject = "", from, text: words = "" } = mail ?? {};
      await keepReply({ subject, from: from?.name ?? "", mail: words, reply: text ?? "" });
      if (!readKept().isLearning || mail === null || made === null || text === null) return;
      const edit = await engine.call("edited", [mail, { line, draft: made, kept: text }]).catch(() => null);
      if (edit !== null) await keepEdit(edit);
    },
  };
}

/** ours: below this the words would come when the person has typed them. */
const LEAST_TOKENS_PER_SECOND = 15;

function isFastEnough(): boolean {
  const { speeds, openModel } = readKept();
  const speed = openModel === null ? undefined : speeds[openModel];
  return speed === undefined || speed.replyPerSecond >= LEAST_TOKENS_PER_SECOND;
}

function restore(): ReplyState {
  const { draft } = readKept();
  if (draft === null) return NOTHING;
  const { text, made = null, line, tone, length, acknowledged } = draft; // older ones do not say what the model made
  return { ...NOTHING, text, made, line, tone, length, acknowledged };
}
