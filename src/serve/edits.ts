/** `POST /v1/edits`: what a person changed in drafts, handed over by the app or the add-on for the next training. */
import type { Hono } from "hono";
import { type Edit, isEdited, toEditedMail } from "../reply/index.ts";
import { ApiError } from "./error.ts";
import { limitBody, readFields } from "./http.ts";
import { editsRequest, parseFields, readParts } from "./mail-requests.ts";
import type { Serving } from "./serving.ts";

/** ours: two hundred mails with their drafts. */
const MAX_BYTES = 8_000_000;

/** Adds the route. */
export function addEdits(app: Hono, { keepEdits, maxBodyBytes, model }: Serving): void {
  app.post("/v1/edits", limitBody(Math.max(maxBodyBytes, MAX_BYTES)), async (c) => {
    const { edits } = parseFields(editsRequest, await readFields(c), model);
    if (keepEdits === undefined)
      throw new ApiError({
        status: 404,
        message: "This server replies with a file and has no run to keep edits in. Start it with --run.",
        code: "no_run",
      });
    const rows: Edit[] = [];
    for (const { mail, ...edit } of edits) {
      if (isEdited(edit.draft, edit.kept)) rows.push({ ...edit, mail: toEditedMail(await readParts(mail)) });
    }
    return c.json({ object: "edits", added: rows.length === 0 ? 0 : await keepEdits(rows) });
  });
}
