import type { ModelState } from "../use-models.ts";
import { sizeOf, useWords } from "../words/index.ts";

/** How far a load is, with a way to stop it; what is here stays. */
export function Progress({ busy, cancel }: { busy: NonNullable<ModelState["busy"]>; cancel: () => void }) {
  const words = useWords();
  const { kind, model, doneBytes } = busy;
  if (kind === "open" || kind === "measure") {
    return (
      <p class="state" role="status">
        <span class="dot busy" /> {kind === "open" ? words.opening : words.measuring}
      </p>
    );
  }
  const label = kind === "check" ? words.checking(model.name) : words.loading(model.name);
  return (
    <section class="card need loading" aria-label={label}>
      <div class="grow">
        <p>{label}</p>
        <progress max={model.sizeBytes} value={doneBytes} aria-label={label} />
        <p class="soft">{words.of(sizeOf(doneBytes, words), sizeOf(model.sizeBytes, words))}</p>
      </div>
      <button type="button" onClick={cancel}>
        {words.stop}
      </button>
    </section>
  );
}
