import type { Models } from "../use-models.ts";
import { isTooLarge, otherStyle } from "../use-models.ts";
import { sizeOf, useWords } from "../words/index.ts";
import { Progress } from "./progress.tsx";

/** One line about the model: what to do where there is none, how far a load is, or that all is well. */
export function ModelBar({ models, open }: { models: Models; open: () => void }) {
  const words = useWords();
  const { busy, offered, installed } = models;
  if (busy !== null && busy.kind !== "measure") return <Progress busy={busy} cancel={models.cancel} />;
  if (models.open !== null) {
    return (
      <div class="state">
        <p>
          <span class="dot" /> {models.open.name} · {models.open.isKept ? words.ready : words.readyMemory}
        </p>
        <StyleSwitch models={models} />
      </div>
    );
  }
  if (offered === null) return null;
  const first = Array.isArray(offered) ? offered.find((model) => !isTooLarge(model)) : undefined;
  const cut = installed.find((model) => !model.isComplete && model.hereBytes > 0 && model.sha256 === first?.sha256);
  return (
    <section class="card need" aria-labelledby="need-title">
      <div>
        <h2 id="need-title">{words.noModel}</h2>
        <p class="soft">
          {first === undefined
            ? offered === "refused"
              ? words.faults.refused
              : words.faults.offline
            : words.noModelText(sizeOf(first.sizeBytes, words))}
        </p>
      </div>
      {first === undefined ? (
        <button type="button" onClick={open}>
          {words.models}
        </button>
      ) : (
        <button type="button" class="main" onClick={() => void models.load(first)}>
          {cut === undefined ? words.load : words.resume}
        </button>
      )}
    </section>
  );
}

/** Replies in the owner's own words, or in the model's; where the other is not here yet, it is loaded first. */
function StyleSwitch({ models }: { models: Models }) {
  const words = useWords();
  const other = otherStyle(models);
  if (other === null) return null;
  const change = () => void ("isComplete" in other ? models.use(other) : models.load(other));
  return (
    <button
      type="button"
      class="pill"
      aria-pressed={models.open?.style === "mine"}
      disabled={models.busy !== null}
      onClick={change}
    >
      {words.ownStyle}
    </button>
  );
}
