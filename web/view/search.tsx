/** Words to look for and the order of the list. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Sort, sorts } from "../../src/view/api.ts";
import { sortNames } from "./words.ts";

/** ours: between two letters of a quick typist nothing is asked. */
const TYPING_MS = 250;

export function Search({ text, search }: { text: string; search: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const now = (value: string) => {
    clearTimeout(timer.current);
    if (value !== text) search(value);
  };
  return (
    <input
      id="search"
      type="search"
      dir="auto"
      aria-label="Search sender, subject, mail and reply"
      aria-keyshortcuts="/"
      placeholder="Search mails and replies"
      autocomplete="off"
      spellcheck={false}
      maxLength={200}
      value={typed}
      onInput={({ currentTarget: { value } }) => {
        setTyped(value);
        clearTimeout(timer.current);
        timer.current = window.setTimeout(() => now(value), TYPING_MS);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") now(event.currentTarget.value);
        if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

export function SortChoice({ sort, choose }: { sort: Sort; choose: (sort: Sort) => void }) {
  return (
    <select aria-label="Order" value={sort} onChange={({ currentTarget }) => choose(currentTarget.value as Sort)}>
      {sorts.map((one) => (
        <option key={one} value={one}>
          {sortNames[one]}
        </option>
      ))}
    </select>
  );
}
