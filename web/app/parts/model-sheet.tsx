import { useEffect, useState } from "preact/hooks";
import type { OfferedModel } from "../../../src/serve/models-api.ts";
import type { InstalledModel } from "../engine/protocol.ts";
import { planOf, readKept } from "../store/settings.ts";
import { APPLE_LIMIT_BYTES, isTooLarge, type Models } from "../use-models.ts";
import { countOf, sizeOf, useWords } from "../words/index.ts";
import { Progress } from "./progress.tsx";
import { Sheet } from "./sheet.tsx";

/** The models: those here with their measured speed, those that the computer offers. */
export function ModelSheet({ models, close }: { models: Models; close: () => void }) {
  const words = useWords();
  const { installed, offered, busy, refresh } = models;
  useEffect(() => void refresh(), []);
  const list = Array.isArray(offered) ? offered : [];
  const whole = installed.filter(({ isComplete }) => isComplete);
  const others = list.filter(({ sha256 }) => !whole.some((model) => model.sha256 === sha256));
  return (
    <Sheet title={words.modelTitle} close={close}>
      {busy !== null && <Progress busy={busy} cancel={models.cancel} />}
      <ul class="models">
        {whole.map((model) => (
          <Here
            key={model.sha256}
            model={model}
            models={models}
            newer={others.find(({ file }) => file === model.file)}
          />
        ))}
        {whole.length === 0 && <li class="soft">{words.noModel}.</li>}
      </ul>
      {(others.length > 0 || !Array.isArray(offered)) && <h3>{words.onServer}</h3>}
      {offered === "offline" && <p class="soft">{words.offlineList}</p>}
      {offered === "refused" && <p class="soft">{words.faults.refused}</p>}
      <ul class="models">
        {others.map((model) => (
          <Offered key={model.sha256} model={model} models={models} fits={list.find((one) => !isTooLarge(one))} />
        ))}
      </ul>
      {whole.some(({ isKept }) => !isKept) && <p class="soft">{words.noStorage}</p>}
      <Room installed={installed} />
    </Sheet>
  );
}

function Here({ model, models, newer }: { model: InstalledModel; models: Models; newer: OfferedModel | undefined }) {
  const words = useWords();
  const { open, busy } = models;
  const isOpen = open?.sha256 === model.sha256;
  const speed = readKept().speeds[model.sha256];
  const figure = (value: number) => value.toLocaleString(words.locale, { maximumFractionDigits: 0 });
  return (
    <li class="card">
      <Facts model={model} mark={isOpen ? words.inUse : null} />
      {speed !== undefined && (
        <p class="soft">
          {words.speed(figure(speed.promptPerSecond), figure(speed.replyPerSecond), planOf(model.sha256).threads)}
        </p>
      )}
      {readKept().opening === model.sha256 && <p class="soft">{words.lastCrash}</p>}
      <div class="actions">
        {newer !== undefined && (
          <button type="button" class="main" disabled={busy !== null} onClick={() => void models.load(newer)}>
            {words.update}
          </button>
        )}
        {isOpen ? (
          <button type="button" disabled={busy !== null} onClick={() => void models.measure()}>
            {words.measure}
          </button>
        ) : (
          <button type="button" disabled={busy !== null} onClick={() => void models.use(model)}>
            {words.use}
          </button>
        )}
        <button type="button" class="danger" disabled={busy !== null} onClick={() => void models.remove(model)}>
          {words.remove}
        </button>
      </div>
    </li>
  );
}

function Offered({ model, models, fits }: { model: OfferedModel; models: Models; fits: OfferedModel | undefined }) {
  const words = useWords();
  const cut = models.installed.find((one) => one.sha256 === model.sha256 && one.hereBytes > 0);
  if (isTooLarge(model)) {
    return (
      <li class="card">
        <Facts model={model} mark={null} />
        <p class="soft">
          {words.tooLarge(sizeOf(APPLE_LIMIT_BYTES, words))} {fits !== undefined && words.tooLargeTake(fits.file)}
        </p>
      </li>
    );
  }
  return (
    <li class="card">
      <Facts model={model} mark={null} />
      <div class="actions">
        <button type="button" class="main" disabled={models.busy !== null} onClick={() => void models.load(model)}>
          {cut === undefined ? words.loadSize(sizeOf(model.sizeBytes, words)) : words.resume}
        </button>
      </div>
    </li>
  );
}

function Facts({ model, mark }: { model: OfferedModel; mark: string | null }) {
  const words = useWords();
  return (
    <>
      <p class="large">
        {model.name} {mark !== null && <span class="mark">{mark}</span>}
      </p>
      <p class="soft">
        {model.weights} · {sizeOf(model.sizeBytes, words)} · {words.parameters(countOf(model.parameters, words))} ·{" "}
        {model.license === null ? words.licenceNone : words.licence(model.license)}
      </p>
    </>
  );
}

function Room({ installed }: { installed: readonly InstalledModel[] }) {
  const words = useWords();
  const [room, setRoom] = useState<StorageEstimate>({});
  useEffect(() => void navigator.storage?.estimate?.().then(setRoom), [installed]);
  if (room.quota === undefined || room.usage === undefined) return null;
  return <p class="soft">{words.storage(sizeOf(room.usage, words), sizeOf(room.quota - room.usage, words))}</p>;
}
