/** What each key does on the page. */
import { useKeys } from "./use-keys.ts";
import type { List } from "./use-list.ts";
import type { Reader } from "./use-reader.ts";

export function usePageKeys(page: {
  list: List;
  reader: Reader;
  showHelp: () => void;
  showFilters: () => void;
  toggleMarks: () => void;
}): void {
  const { list, reader, showHelp, showFilters, toggleMarks } = page;
  const { here, desk, note, setNote, pane, goTo, fit, choose, decisions } = reader;
  useKeys((key, isRepeated, { shiftKey }) => {
    if (key === "j" || key === "ArrowDown") goTo(1);
    else if (key === "k" || key === "ArrowUp") goTo(-1);
    else if (key === "]") goTo(fit.current);
    else if (key === "[") goTo(-fit.current);
    else if (key === " " && pane.current)
      pane.current.scrollBy(0, (shiftKey ? -0.85 : 0.85) * pane.current.clientHeight);
    else if (key === "/") document.getElementById("search")?.focus();
    else if (key === "Escape" && note !== null) setNote(null);
    else if (key === "Escape" && desk.edit !== null) decisions.leaveEdit(false);
    else if (key === "Escape" && list.openMail !== null) list.close();
    else if (isRepeated) return false;
    else if (key === "?") showHelp();
    else if (key === "f") showFilters();
    else if (key === "u") void desk.undo();
    else if (here === null || desk.edit !== null) return false;
    else if (key === "a") decisions.accept();
    else if (key === "e") decisions.startEdit();
    else if (key === "r") setNote("");
    else if (key === "s") decisions.unsure();
    else if (key === "d") toggleMarks();
    else if (/^[1-4]$/.test(key) && here.drafts.some(({ attempt }) => attempt === +key)) choose(+key);
    else return false;
    return true;
  });
}
