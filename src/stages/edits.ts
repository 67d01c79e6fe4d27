/** edits.jsonl: what people made of drafts in the app and in their mail program, and the comparisons that it gives a training. */
import { existsSync } from "node:fs";
import { createGrounder } from "../checks/index.ts";
import { digest } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import { openJsonlAppender, readJsonl } from "../formats/index.ts";
import { type Email, renderAsked, renderEmail } from "../mail/index.ts";
import { type Edit, isEdited } from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import { isPrivate } from "../style/index.ts";
import type { Lesson } from "../train/index.ts";

/** A row: an edit, known by what is in it. */
type EditRow = Edit & { readonly id: string };

/** Keeps edits in a run: those that are not there yet, one call after the other; gives how many they were. */
export function openEdits({ edits: path }: Pick<RunPaths, "edits">): (edits: readonly Edit[]) => Promise<number> {
  let last: Promise<unknown> = Promise.resolve();
  return (edits) => {
    const turn = last.then(() => appendNew(path, edits));
    last = turn.catch(() => {});
    return turn;
  };
}

async function appendNew(path: string, edits: readonly Edit[]): Promise<number> {
  const known = new Set((await readRows(path)).map(({ id }) => id));
  const before = known.size;
  const file = await openJsonlAppender(path);
  try {
    for (const edit of edits) {
      const id = idOf(edit);
      if (!known.has(id)) await file.append({ id, ...edit } satisfies EditRow);
      known.add(id);
    }
  } finally {
    await file.close();
  }
  return known.size - before;
}

const idOf = ({ mail, draft, kept }: Edit) => `edit-${digest(JSON.stringify([renderEmail(mail), draft, kept]))}`;

/** Why an edit is not learnt from. */
type LeftOut = "private" | "beyondTheMail";

/** What edits teach: the person's text is preferred to the draft. */
export interface EditLessons {
  readonly lessons: readonly Lesson[];
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/**
 * The comparisons of edits.jsonl; none without the file. Left out: what holds private details, for a model may repeat word for word what it has read; and
 * what says more than mail, steering line and draft do, for it would teach to invent. An edit of one of `mails` has that mail's id, so that
 * one that is held out stays so.
 */
export async function readEditLessons(
  { edits: path }: Pick<RunPaths, "edits">,
  mails: Iterable<Pick<Email, "id" | "from" | "subject" | "body">>,
): Promise<EditLessons> {
  const leftOut: Record<LeftOut, number> = { private: 0, beyondTheMail: 0 };
  const rows = await readRows(path);
  if (rows.length === 0) return { lessons: [], leftOut };
  const idByText = new Map([...mails].map((mail) => [renderEmail(mail), mail.id]));
  const lessons: Lesson[] = [];
  for (const { id, at, mail, line, draft, kept } of rows) {
    if (!isEdited(draft, kept)) continue;
    const reason = refuse({ mail, line, draft, kept });
    if (reason !== null) {
      leftOut[reason]++;
      continue;
    }
    const email: Email = {
      ...mail,
      ...{ id: idByText.get(renderEmail(mail)) ?? id, threadId: id, messageId: null, inReplyTo: null, answers: null },
      source: `${path}, ${at}`,
    };
    const steering = line.trim() === "" ? undefined : line;
    const asked = renderAsked({ email, steering });
    lessons.push({ id: email.id, mail: asked, isEdit: true, kind: "pair", chosen: kept, rejected: draft });
  }
  return { lessons, leftOut };
}

function refuse({ mail, line, draft, kept }: Pick<Edit, "mail" | "line" | "draft" | "kept">): LeftOut | null {
  if (isPrivate(kept) || isPrivate(draft)) return "private";
  const people = [mail.from, ...mail.to].map(({ name, address }) => `${name} ${address}`);
  const ground = createGrounder({ texts: [renderEmail(mail), ...people, line, draft], sentAt: mail.date ?? undefined });
  return ground(kept).ungrounded.length > 0 ? "beyondTheMail" : null;
}

async function readRows(path: string): Promise<EditRow[]> {
  if (!existsSync(path)) return [];
  const rows: EditRow[] = [];
  // A last line that was cut when serve was killed was never confirmed to anyone.
  for await (const { line, value } of readJsonl(path, { onTorn: () => {} })) {
    const row = value as EditRow; // checked on the next line
    if (typeof row?.draft !== "string" || typeof row.kept !== "string" || typeof row.mail?.body !== "string")
      throw new UserError(`${path}, line ${line}: no edit (mail, draft and kept are needed). Take the line out.`);
    rows.push({ ...row, id: row.id ?? idOf(row), line: row.line ?? "" });
  }
  return rows;
}
