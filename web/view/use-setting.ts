/** Switches and a number that stay as the person left them, where the browser lets them be kept. */
import { useState } from "preact/hooks";

function useSetting<T extends boolean | number>(name: string, initial: T): [T, (value: T) => void] {
  const key = `pocketreply.view.${name}`;
  const [value, setValue] = useState(() => {
    try {
      return (JSON.parse(localStorage.getItem(key) ?? "null") as T | null) ?? initial; // as it was written below
    } catch {
      return initial; // storage is blocked: the switch works for this visit
    }
  });
  const set = (next: T) => {
    setValue(next);
    try {
      localStorage.setItem(key, String(next));
    } catch {
      // as above
    }
  };
  return [value, set];
}

/** ours: from some 200 decisions on, the share that was overturned is known to 6 % or better. */
const GOAL = 200;

export type Settings = ReturnType<typeof useSettings>;

/** All switches of the page. */
export function useSettings() {
  const [goesOn, setGoesOn] = useSetting<boolean>("goes-on", true); //         a decision leads to the next mail
  const [isMarked, setMarked] = useSetting<boolean>("mark-changes", false); // what changed from draft to draft
  const [goal, setGoal] = useSetting<number>("goal", GOAL);
  return { goesOn, setGoesOn, isMarked, setMarked, goal, setGoal };
}
