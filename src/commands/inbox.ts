/** `pocketreply inbox`: drafts in a mailbox, while it is watched. */

import type { InboxEvent } from "../inbox/index.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { inboxStage, readRecipe } from "../stages/index.ts";
import type { InboxFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb: a line a mail, without a word of it. */
export async function inbox(options: FolderOptions & InboxFlags, session: Session): Promise<void> {
  const { run, mail, model, style, once = false, recipe: name, set } = options;
  const paths = runPaths(run);
  const recipe = await readRecipe(paths, { recipe: name, overrides: set }, defaultRecipeName);
  const counts: Record<string, number> = {};
  session.progress.line(
    once
      ? "Looking once at INBOX."
      : "Watching INBOX. Drafts go into the folder of drafts; nothing is ever sent. Ctrl-C stops it.",
  );
  try {
    await inboxStage({
      ...{ paths, recipe, address: mail, model, style, once, command: session.command, signal: session.signal },
      onEvent: (event) => {
        const what = event.kind === "mail" ? event.outcome : event.kind === "draft" ? event.end : null;
        if (what !== null) counts[what] = (counts[what] ?? 0) + 1;
        session.print(`${new Date().toISOString().slice(0, 19)}Z ${describe(event)}`);
      },
    });
  } catch (error) {
    if (!session.signal.aborted) throw error;
  }
  session.printJson(counts);
}

const OUTCOMES = {
  drafted: "drafted",
  noReply: "no reply needed",
  answered: "answered already",
  movedOn: "its thread has moved on",
  hasDraft: "has a draft already",
  tooLarge: "too large",
  unreadable: "cannot be read",
  failed: "no draft",
} as const;

const ENDS = {
  withdrawn: "draft taken back: answered elsewhere, or its thread has moved on",
  touched: "draft is yours now: it was edited",
  gone: "draft is gone: sent or deleted",
} as const;

function describe(event: InboxEvent): string {
  switch (event.kind) {
    case "mail":
      return `INBOX ${event.uid}: ${OUTCOMES[event.outcome]}${event.reason === null ? "" : `: ${event.reason}`}`;
    case "draft":
      return `${event.key
        .split("/")
        .slice(-3)
        .filter((_, i) => i !== 1)
        .join(" ")}: ${ENDS[event.end]}`;
    case "connection":
      return event.message;
    default:
      return event satisfies never;
  }
}
