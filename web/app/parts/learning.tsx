import { useEffect, useState } from "preact/hooks";
import { EDITS_CHANGED, editsFile, eraseEdits, handOverEdits, readEdits } from "../store/edits.ts";
import { keep, readKept } from "../store/settings.ts";
import { useWords } from "../words/index.ts";

/** Whether changes to drafts are kept to be learnt from, and what is done with those that were. */
export function Learning() {
  const words = useWords();
  const [isLearning, setLearning] = useState(readKept().isLearning);
  const [count, setCount] = useState(0);
  const [outcome, setOutcome] = useState<string | null>(null);
  useEffect(() => {
    const look = () => void readEdits().then(({ length }) => setCount(length));
    look();
    addEventListener(EDITS_CHANGED, look);
    return () => removeEventListener(EDITS_CHANGED, look);
  }, []);
  const choose = (next: boolean) => {
    keep({ isLearning: next });
    setLearning(next);
  };
  const handOver = async () => {
    const given = await handOverEdits();
    setOutcome(given === null ? words.faults.offline : words.handedOver(given));
    if (given !== null) setCount(0);
  };
  const save = async () => {
    const address = URL.createObjectURL(await editsFile());
    Object.assign(document.createElement("a"), { href: address, download: "edits.jsonl" }).click();
    URL.revokeObjectURL(address);
  };
  const erase = async () => {
    await eraseEdits();
    setCount(0);
  };
  return (
    <section class="learning" aria-labelledby="learning-title">
      <h3 id="learning-title">{words.learningTitle}</h3>
      <label class="check">
        <input type="checkbox" checked={isLearning} onChange={(event) => choose(event.currentTarget.checked)} />
        <span>{words.learning}</span>
      </label>
      <p class="soft">{words.learningText}</p>
      {count > 0 && (
        <>
          <p>{words.edits(count)}</p>
          <div class="actions">
            <button type="button" class="main" onClick={handOver}>
              {words.handOver}
            </button>
            <button type="button" onClick={save}>
              {words.saveFile}
            </button>
            <button type="button" class="danger" onClick={erase}>
              {words.eraseEdits}
            </button>
          </div>
        </>
      )}
      <p class="soft" role="status">
        {outcome}
      </p>
    </section>
  );
}
