/** A switch that stays as the person left it, where the browser lets it be kept. */
import { useState } from "preact/hooks";

export function useSetting(name: string, initial: boolean): [boolean, (value: boolean) => void] {
  const key = `pocketreply.view.${name}`;
  const [value, setValue] = useState(() => {
    try {
      return (localStorage.getItem(key) ?? String(initial)) === "true";
    } catch {
      return initial; // storage is blocked: the switch works for this visit
    }
  });
  const set = (next: boolean) => {
    setValue(next);
    try {
      localStorage.setItem(key, String(next));
    } catch {
      // as above
    }
  };
  return [value, set];
}
