import type { EngineError } from "../engine/protocol.ts";
import { sizeOf, useWords } from "../words/index.ts";
import { Icon } from "./icon.tsx";

/** What went wrong, in words that say what to do. */
export function FaultBar({ fault, close }: { fault: EngineError | null; close: () => void }) {
  const words = useWords();
  if (fault === null) return null;
  const { kind, message, missingBytes } = fault;
  const detail =
    kind === "mail" || kind === "unfit" || kind === "other"
      ? message
      : missingBytes === undefined
        ? ""
        : words.missing(sizeOf(missingBytes, words));
  return (
    <div class="fault" role="alert">
      <p>
        {words.faults[kind]} <span class="detail">{detail}</span>
      </p>
      <button type="button" class="quiet round" onClick={close} aria-label={words.close}>
        <Icon name="close" />
      </button>
    </div>
  );
}
