/** Writes a chosen reply where it belongs; the panel that asks for it may be gone by then, for a new window takes the focus from it. */
import { forgetDraft, learnFrom, rememberDraft } from "./learn.ts";
import { type Mark, markOf, placeHtml, placePlain } from "./place.ts";

/** What the panel asks for: the window of `tabId`, or a new reply to `messageId`, which may be kept as a draft at once. */
export interface WriteRequest {
  readonly kind: "write";
  readonly text: string;
  /** What the draft was told to say. */
  readonly line: string;
  readonly tabId?: number;
  readonly messageId?: number;
  readonly identityId?: string;
  readonly isKept?: boolean;
  /** Things to check, for the button's badge. */
  readonly flags: number;
}

/** What became of it. */
export type WriteAnswer = { readonly tabId: number } | { readonly fault: string };

messenger.runtime.onMessage.addListener((request: WriteRequest) =>
  request.kind === "write"
    ? write(request).catch((error): WriteAnswer => ({ fault: String(error?.message ?? error) }))
    : undefined,
);

async function write({ text, line, tabId, messageId, identityId, isKept, flags }: WriteRequest): Promise<WriteAnswer> {
  const target = tabId ?? (await openReply(messageId!, identityId));
  rememberDraft(target, { text, line, under: await put(target, text) });
  await messenger.composeAction.setBadgeText({ tabId: target, text: flags > 0 ? String(flags) : "" });
  if (isKept) {
    await messenger.compose.saveMessage(target, { mode: "draft" });
    await messenger.tabs.remove(target);
  }
  return { tabId: target };
}

/** Opens a reply without words: a body given here would replace quote and signature. */
async function openReply(messageId: number, identityId?: string): Promise<number> {
  const tab = await messenger.compose.beginReply(messageId, "replyToSender", { identityId });
  return tab.id!;
}

/** Puts a draft into a window; what stands under it there, where that is plain text. */
async function put(tabId: number, text: string): Promise<string> {
  const { isPlainText, body = "", plainTextBody = "" } = await messenger.compose.getComposeDetails(tabId);
  const last = readMark(tabId);
  const placed = placePlain(plainTextBody, text, last);
  if (isPlainText) {
    await messenger.compose.setComposeDetails(tabId, { plainTextBody: placed });
  } else {
    const page = new DOMParser().parseFromString(body, "text/html");
    placeHtml(page, text, last);
    await messenger.compose.setComposeDetails(tabId, { body: new XMLSerializer().serializeToString(page) });
  }
  localStorage.setItem(markName(tabId), JSON.stringify(markOf(text)));
  return isPlainText ? placed.slice(text.length).trim() : "";
}

// This page may be put to sleep between two replies, so marks lie in the profile; they hold no words, and go with their window.
const markName = (tabId: number) => `mark ${tabId}`;
messenger.tabs.onRemoved.addListener((tabId: number) => {
  localStorage.removeItem(markName(tabId));
  forgetDraft(tabId);
});

messenger.compose.onBeforeSend.addListener((tab, details) => {
  void learnFrom(tab.id!, details).catch(() => {}); // nothing is kept of it here
  return {}; // the reply goes its way
});

function readMark(tabId: number): Mark | undefined {
  const kept = localStorage.getItem(markName(tabId));
  return kept === null ? undefined : JSON.parse(kept);
}
