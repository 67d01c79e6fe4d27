import { useEffect, useState } from "preact/hooks";
import { eraseHistory, type PastReply, readHistory } from "../store/history.ts";
import { useWords } from "../words/index.ts";
import { Sheet } from "./sheet.tsx";

/** Replies that left the app, and one button that erases them all. */
export function HistorySheet({ close }: { close: () => void }) {
  const words = useWords();
  const [past, setPast] = useState<readonly PastReply[] | null>(null);
  useEffect(() => void readHistory().then(setPast), []);
  const erase = async () => {
    await eraseHistory();
    setPast([]);
  };
  return (
    <Sheet title={words.historyTitle} close={close}>
      {past?.length === 0 && <p class="soft">{words.historyNone}</p>}
      <ul class="past">
        {past?.map(({ id, at, subject, from, reply }) => (
          <li class="card" key={id}>
            <p class="soft">
              <span dir="auto">{from}</span> · <span dir="auto">{subject || words.noSubject}</span> ·{" "}
              <time dateTime={at}>
                {new Date(at).toLocaleString(words.locale, { dateStyle: "medium", timeStyle: "short" })}
              </time>
            </p>
            <p class="prose" dir="auto">
              {reply}
            </p>
          </li>
        ))}
      </ul>
      {past !== null && past.length > 0 && (
        <button type="button" class="danger" onClick={erase}>
          {words.erase}
        </button>
      )}
    </Sheet>
  );
}
