/** The page's keys. They rest while the person is typing or a dialog is open. */
import { useEffect, useRef } from "preact/hooks";

/** For the help, in its order. */
export const keyNames: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["j", "↓"], "next mail"],
  [["k", "↑"], "mail before"],
  [["]", "["], "a screenful of the list on, back"],
  [["Space"], "read on in the mail (with Shift: back)"],
  [["1", "2", "3", "4"], "choose a draft"],
  [["d"], "mark what changed from draft to draft"],
  [["a"], "accept the chosen draft"],
  [["e"], "edit it"],
  [["Ctrl Enter"], "save the edited reply"],
  [["r"], "reject, with a note if you like"],
  [["1"], "while rejecting: a reason by its number"],
  [["s"], "unsure: leave it open and go on"],
  [["u"], "undo the decision"],
  [["/"], "search"],
  [["f"], "filters"],
  [["Esc"], "close what is open"],
  [["?"], "this help"],
];

/** `act` answers whether the key meant something. */
export function useKeys(act: (key: string, isRepeated: boolean, event: KeyboardEvent) => boolean): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (document.querySelector("dialog[open]") || isTyping(event.target, event.key)) return;
      if (latest.current(event.key, event.repeat, event)) event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** Whether the key belongs to the element that has the focus. */
function isTyping(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && target.type === "checkbox") return key === " ";
  if (target.matches("button, summary")) return key === " ";
  if (key.startsWith("Arrow")) return target.matches("input, textarea, select, .scroll");
  return target.matches("input, textarea, select");
}
