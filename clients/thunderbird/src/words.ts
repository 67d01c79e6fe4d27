/** The panel's words; what it says as the phone app does, it says in the app's words. */
import { de as appDe } from "../../../web/app/words/de.ts";
import { en as appEn } from "../../../web/app/words/en.ts";

const en = {
  ...appEn,
  noMessage: "Open one message, or answer one, to have a reply written.",
  away: "There is no pocketreply on this machine right now. Start it, then try again:",
  awayCommand: "npx pocketreply serve",
  unpaired: "Pair this Thunderbird with your model: the key is printed where pocketreply serve was started.",
  key: "Key",
  address: "Address",
  pair: "Pair",
  retry: "Try again",
  open: "Open in a reply",
  keep: "Save to Drafts",
  written: "It is in your reply. Read it before you send it.",
  kept: "It is saved in Drafts.",
  checks: "Check before you send",
  back: "Other suggestions",
  local: "Written on this machine. Nothing is ever sent for you.",
  choices: "Kept for every mail",
  learnSent: "Learn from what I change before I send",
  learningHint:
    "The draft and what you sent in its place go into the run folder on this machine, for the next training.",
};
export type Words = typeof en;

const de: Words = {
  ...appDe,
  noMessage: "Öffne eine Nachricht oder antworte auf eine, dann wird eine Antwort geschrieben.",
  away: "Auf diesem Rechner läuft gerade kein pocketreply. Starte es und versuche es noch einmal:",
  awayCommand: "npx pocketreply serve",
  unpaired:
    "Verbinde dieses Thunderbird mit deinem Modell: Der Schlüssel steht dort, wo pocketreply serve gestartet wurde.",
  key: "Schlüssel",
  address: "Adresse",
  pair: "Verbinden",
  retry: "Noch einmal",
  open: "In einer Antwort öffnen",
  keep: "Unter Entwürfe speichern",
  written: "Sie steht in deiner Antwort. Lies sie, bevor du sie sendest.",
  kept: "Sie liegt in den Entwürfen.",
  checks: "Vor dem Senden prüfen",
  back: "Andere Vorschläge",
  local: "Auf diesem Rechner geschrieben. Nichts wird je für dich gesendet.",
  choices: "Gilt für jede Mail",
  learnSent: "Aus dem lernen, was ich vor dem Senden ändere",
  learningHint:
    "Der Entwurf und was du statt seiner gesendet hast kommen in den Ordner des Laufs auf diesem Rechner, für das nächste Training.",
};

/** The language of Thunderbird itself, else English. */
export const words: Words = navigator.language.startsWith("de") ? de : en;
