/** Where the person lets it: what they made of a draft goes to the server on this machine when they send the reply. */
import { readChoices } from "./choices.ts";
import { readSource } from "./message.ts";
import { giveEdit } from "./server.ts";

/** A draft in a reply's window, kept until that is sent or closed. */
interface Written {
  readonly text: string;
  readonly line: string;
  /** Signature and quote of a plain-text window: nothing in it says where they begin. */
  readonly under: string;
}

const keptAs = (tabId: number) => `draft ${tabId}`;

/** Remembers what was written into a window, if the person lets what they change be learnt from. */
export function rememberDraft(tabId: number, written: Written): void {
  if (readChoices().isLearning) localStorage.setItem(keptAs(tabId), JSON.stringify(written));
}

export function forgetDraft(tabId: number): void {
  localStorage.removeItem(keptAs(tabId));
}

/** Hands over the draft of a window and the words that are sent in its place; sending waits for nothing, and what fails is let go. */
export async function learnFrom(tabId: number, details: messenger.compose.ComposeDetails): Promise<void> {
  const kept = localStorage.getItem(keptAs(tabId));
  forgetDraft(tabId);
  if (kept === null || !readChoices().isLearning || details.relatedMessageId === undefined) return;
  const { text, line, under }: Written = JSON.parse(kept);
  const base64 = await readSource(details.relatedMessageId);
  await giveEdit({ mail: { base64 }, line, draft: text, kept: ownWords(details, under) });
}

/** What the person says in a reply, without quote and signature. */
function ownWords(
  { isPlainText, body = "", plainTextBody = "" }: messenger.compose.ComposeDetails,
  under: string,
): string {
  if (isPlainText) {
    const text = plainTextBody.replaceAll("\r\n", "\n").trim();
    return ownLines(text.endsWith(under) ? text.slice(0, text.length - under.length) : text);
  }
  const page = new DOMParser().parseFromString(body, "text/html");
  for (const part of page.querySelectorAll(".moz-signature, .moz-cite-prefix, blockquote[type=cite], style"))
    part.remove();
  for (const line of page.querySelectorAll("br")) line.replaceWith("\n");
  for (const block of page.querySelectorAll("p, div, li")) block.append("\n");
  return (page.body.textContent ?? "").trim();
}

/** The lines before the signature or the quote, whose first line says who wrote it. */
function ownLines(text: string): string {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => line === "-- " || line.startsWith(">"));
  if (end === -1) return text.trim();
  const own = lines.slice(0, end);
  if (lines[end].startsWith(">")) {
    while (own.at(-1)?.trim() === "") own.pop();
    if (own.at(-1)?.trimEnd().endsWith(":")) own.pop();
  }
  return own.join("\n").trim();
}
