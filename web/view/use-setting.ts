/** Switches that stay as the person left them, where the browser lets them be kept. */
import { useState } from "preact/hooks";

function useSetting(name: string, initial: boolean): [boolean, (value: boolean) => void] {
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

export type Settings = ReturnType<typeof useSettings>;

/** All switches of the page. */
export function useSettings() {
  const [goesOn, setGoesOn] = useSetting("goes-on", true); //         a decision leads to the next mail
  const [isMarked, setMarked] = useSetting("mark-changes", false); // what changed from draft to draft
  return { goesOn, setGoesOn, isMarked, setMarked };
}
