import { useWords } from "../words/index.ts";
import { Icon } from "./icon.tsx";

/** The name of the app, and the way to its sheets. */
export function TopBar({
  open,
  hasMail,
  forget,
}: {
  open: (sheet: "models" | "history" | "privacy") => void;
  hasMail: boolean;
  forget: () => void;
}) {
  const words = useWords();
  return (
    <header class="top">
      <a class="skip" href="#main">
        {words.skip}
      </a>
      <h1>
        <Icon name="logo" /> <span>pocketreply</span>
      </h1>
      <nav aria-label="pocketreply">
        {hasMail && (
          <button type="button" class="quiet" onClick={forget}>
            <Icon name="plus" />
            <span class="wide">{words.newMail}</span>
            <span class="unseen narrow">{words.newMail}</span>
          </button>
        )}
        <button
          type="button"
          class="quiet round"
          onClick={() => open("history")}
          aria-label={words.history}
          title={words.history}
        >
          <Icon name="clock" />
        </button>
        <button
          type="button"
          class="quiet round"
          onClick={() => open("models")}
          aria-label={words.models}
          title={words.models}
        >
          <Icon name="chip" />
        </button>
        <button
          type="button"
          class="quiet round"
          onClick={() => open("privacy")}
          aria-label={words.privacy}
          title={words.privacy}
        >
          <Icon name="shield" />
        </button>
      </nav>
    </header>
  );
}
