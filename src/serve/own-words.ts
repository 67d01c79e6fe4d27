/** The assistant in the owner's own words: the model with the adapter that personalise learnt, in memory from the first request that wants it. */
import { stat } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { type Assistant, type Habits, type OpenAssistant, openAssistant } from "../reply/index.ts";
import { badField } from "./error.ts";

/** How the model is opened, and where its adapter is. */
export type OwnWordsOptions = Omit<Parameters<typeof openAssistant>[1], "adapter" | "habits"> & {
  /** Finds the owner's style, for requests that ask for it; throws UserError that says why there is none. */
  readonly findStyle?: () => Promise<{ readonly adapter?: string; readonly habits: Habits }>;
};

/** Opened once, and again after another adapter was learnt. Whoever makes it closes it. */
export interface OwnWords {
  /** Throws ApiError 400 where there is no such adapter, with the reason. */
  open(): Promise<Assistant>;
  close(): Promise<void>;
}

/** Over the model `gguf` of a server; called from its queue, so one call at a time. */
export function openOwnWords(gguf: string, { findStyle, ...options }: OwnWordsOptions): OwnWords {
  let held: { readonly assistant: OpenAssistant; readonly stamp: string } | null = null;
  const close = async () => {
    const last = held;
    held = null;
    await last?.assistant.close();
  };
  return {
    async open() {
      const style = await findOrExplain(findStyle);
      const { adapter } = style;
      const { mtimeMs, size } = adapter === undefined ? { mtimeMs: 0, size: 0 } : await stat(adapter);
      const stamp = JSON.stringify([style, size, mtimeMs]);
      if (held?.stamp === stamp) return held.assistant;
      await close();
      held = { stamp, assistant: await openAssistant(gguf, { ...options, ...style }) };
      return held.assistant;
    },
    close,
  };
}

async function findOrExplain(findStyle: OwnWordsOptions["findStyle"]) {
  if (findStyle === undefined)
    throw badField(
      "style",
      "This server replies with a file; a style is part of a run. Start it with --run.",
      "no_style",
    );
  return findStyle().catch((error: Error) => {
    throw error instanceof UserError ? badField("style", error.message, "no_style") : error;
  });
}
