/** Drafts in a mailbox, for as long as it is watched: the assistant over the run's model, the journal, one watcher at a time. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { type InboxEvent, watchInbox } from "../inbox/index.ts";
import type { Recipe } from "../recipe.ts";
import { openAssistant } from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import { readAccount } from "../sources/index.ts";
import { takeLock } from "./lock.ts";
import { findModel } from "./model.ts";
