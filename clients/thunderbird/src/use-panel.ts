/** One mail in the panel: suggestions, a draft, and where it is written. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Draft, LeftOut, Length, Suggestion, Tone, Trigger } from "../../../src/reply/portable.ts";
import { takeInPlace } from "../../../web/shared/suggestions.ts";
import type { WriteAnswer, WriteRequest } from "./background.ts";
import { type Choices, keepChoices, readChoices } from "./choices.ts";
import { type Message, readMessage } from "./message.ts";
import { ask, keepConnection, type ReplyPart, readConnection, ServerFault, type Wish } from "./server.ts";

export interface PanelState {
  readonly message: Message | null;
  /** The panel belongs to a window in which a reply is written. */
  readonly isComposing: boolean;
  readonly trigger: Trigger | null;
  readonly language: string;
  /** What of the mail no model reads. */
  readonly leftOut: readonly LeftOut[];
  readonly suggestions: readonly Suggestion[];
  readonly isBusy: boolean;
  readonly text: string | null;
  readonly draft: Draft | null;
  readonly fault: ServerFault | null;
  readonly outcome: "written" | "kept" | null;
  readonly line: string;
  readonly tone: Tone | null;
  readonly length: Length | null;
  readonly choices: Choices;
}

const NOTHING: PanelState = {
  message: null,
  isComposing: false,
  trigger: null,
  language: "",
  leftOut: [],
  suggestions: [],
  isBusy: true,
  text: null,
  draft: null,
  fault: null,
  outcome: null,
  line: "",
  tone: null,
  length: null,
  choices: readChoices(),
};

export type Panel = ReturnType<typeof usePanel>;

export function usePanel() {
  const [state, setState] = useState(NOTHING);
  const change = useCallback((part: Partial<PanelState>) => setState((last) => ({ ...last, ...part })), []);
  const latest = useRef(state);
  latest.current = state;
  const work = useRef<AbortController | null>(null);
  const tabId = useRef<number | undefined>(undefined);
  const tries = useRef(0);

  /** Asks for one thing at a time; a new question stops the one before. */
  const run = useCallback(
    async (wish: Omit<Wish, "mail" | "owner" | "style">, take: (event: ReplyPart) => void) => {
      work.current?.abort();
      const own = new AbortController();
      work.current = own;
      const { base64, owner } = latest.current.message!;
      change({ isBusy: true, fault: null });
      try {
        const style = readChoices().isOwnStyle ? ({ style: "mine" } as const) : {};
        const whole = { ...wish, ...style, mail: { base64 }, ...(owner && { owner }) };
        for await (const event of ask(whole, own.signal)) take(event);
      } catch (error) {
        if (own.signal.aborted) return;
        const fault = toFault(error);
        // The next try does without what the server has not.
        if (fault.code === "no_style") change({ choices: keepChoices({ isOwnStyle: false }) });
        change({ fault });
      } finally {
        if (work.current === own) change({ isBusy: false });
      }
    },
    [change],
  );

  const suggest = useCallback(
    (anyway = false) => {
      change({ text: null, draft: null, outcome: null });
      const made: Suggestion[] = [];
      return run({ include: ["suggestions"], anyway }, (event) => {
        if (event.type === "trigger") {
          const { trigger, language, leftOut, instant } = event;
          change({ trigger: anyway ? { ...trigger, wantsReply: true } : trigger, language, leftOut });
          if (trigger.wantsReply || anyway) change({ suggestions: instant });
        } else if (event.type === "suggestion") {
          made.push(event.suggestion);
          change({ suggestions: takeInPlace(latest.current.suggestions, [...made]) });
        } else if (event.type === "suggestions") change({ suggestions: event.suggestions });
      });
    },
    [run, change],
  );

  const start = useCallback(async () => {
    const [tab] = await messenger.tabs.query({ active: true, currentWindow: true });
    tabId.current = tab.id;
    const message = await readMessage(tab);
    latest.current = { ...latest.current, message };
    change({ message, isComposing: tab.type === "messageCompose", isBusy: message !== null, fault: null });
    if (message !== null) await suggest();
  }, [suggest, change]);
  useEffect(() => {
    void start();
    return () => work.current?.abort();
  }, [start]);

  const put = async (isKept = false) => {
    const { text, draft, message, isComposing, line } = latest.current;
    const flags = (draft?.flags.length ?? 0) + (draft?.fields.length ?? 0);
    const where = isComposing
      ? { tabId: tabId.current }
      : { messageId: message!.id, identityId: message!.identityId, isKept };
    const request: WriteRequest = { kind: "write", text: text ?? "", line, flags, ...where };
    const answer: WriteAnswer = await messenger.runtime.sendMessage(request);
    if ("fault" in answer) change({ fault: toFault(answer.fault) });
    else change({ outcome: isKept ? "kept" : "written" });
  };

  /** Has the model write, from a suggestion where one was tapped; in a reply's own window the words go into it when they stand. */
  const write = async ({ from = "", isAnother = false } = {}) => {
    const { line, tone, length } = latest.current;
    tries.current = isAnother ? tries.current + 1 : 0;
    change({ text: from, draft: null, outcome: null });
    const steering = { ...(line.trim() !== "" && { line }), ...(tone && { tone }), ...(length && { length }) };
    const another = isAnother ? { temperature: 0.7, seed: tries.current } : {};
    let text = "";
    let draft: Draft | null = null;
    await run({ include: ["draft"], anyway: true, steering, begin: from, ...another }, (event) => {
      if (event.type === "text") {
        text += event.text;
        change({ text });
      } else if (event.type === "draft") {
        draft = event.draft;
        change({ draft, text: event.draft.text });
        latest.current = { ...latest.current, draft, text: event.draft.text };
      }
    });
    if (draft !== null && latest.current.isComposing) await put();
  };

  return {
    ...state,
    suggest,
    write,
    put,
    stop: () => {
      work.current?.abort();
      change({ isBusy: false });
    },
    back: () => change({ text: null, draft: null, outcome: null, fault: null }),
    retry: () => (latest.current.text === null ? start() : write()),
    pair: (address: string, key: string) => {
      keepConnection({ address: address.trim().replace(/(?<!\/)\/+$/, ""), key: key.trim() });
      void start();
    },
    connection: readConnection(),
    choose: (choice: Partial<Choices>) => change({ choices: keepChoices(choice) }),
    setLine: (line: string) => change({ line }),
    setTone: (tone: Tone | null) => change({ tone }),
    setLength: (length: Length | null) => change({ length }),
  };
}

function toFault(error: unknown): ServerFault {
  return error instanceof ServerFault ? error : new ServerFault("refused", { message: String(error), code: null });
}
