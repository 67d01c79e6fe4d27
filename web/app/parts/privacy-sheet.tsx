import { useEffect, useState } from "preact/hooks";
import { LANGUAGES, useWords } from "../words/index.ts";
import { Learning } from "./learning.tsx";
import { Sheet } from "./sheet.tsx";

/** Why nothing leaves the device, with the count of requests to prove it; the language; and how to install the app. */
export function PrivacySheet({
  close,
  language,
  setLanguage,
}: {
  close: () => void;
  language: string;
  setLanguage: (code: string) => void;
}) {
  const words = useWords();
  const own = performance.getEntriesByType("resource").filter(({ name }) => name.startsWith(location.origin));
  const all = performance.getEntriesByType("resource").filter(({ name }) => /^https?:/.test(name));
  return (
    <Sheet title={words.privacyTitle} close={close}>
      {words.privacyText.map((text) => (
        <p key={text}>{text}</p>
      ))}
      <p class="soft">{words.requests(own.length, all.length - own.length)}</p>
      <Learning />
      <fieldset class="choice" aria-label={words.language}>
        {Object.entries(LANGUAGES).map(([code, { name }]) => (
          <button
            type="button"
            class="pill"
            key={code}
            lang={code}
            aria-pressed={code === language}
            onClick={() => setLanguage(code)}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <Install />
    </Sheet>
  );
}

interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}
let installEvent: InstallEvent | null = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  installEvent = event as InstallEvent;
});

function Install() {
  const words = useWords();
  const [offer, setOffer] = useState(installEvent);
  useEffect(() => setOffer(installEvent), []);
  if (matchMedia("(display-mode: standalone)").matches) return null;
  if (offer !== null) {
    return (
      <button type="button" class="main" onClick={() => void offer.prompt()}>
        {words.install}
      </button>
    );
  }
  return /iPhone|iPad/.test(navigator.userAgent) ? <p class="soft">{words.installIos}</p> : null;
}
