import { useWords } from "../words/index.ts";

/** A new version of the app waits. */
export function UpdateBar({ reload }: { reload: () => void }) {
  const words = useWords();
  return (
    <div class="card update" role="status">
      <p>{words.updateReady}</p>
      <button type="button" onClick={reload}>
        {words.reload}
      </button>
    </div>
  );
}
