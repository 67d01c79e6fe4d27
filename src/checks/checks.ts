/**
 * Checks of a reply that need no reference and no judge: form, length, repetition (A1 to A3 of our reply bench). Each finding shows
 * the text that offends.
 */

import { splitReply } from "../mail/portable.ts";
import {
  findFrameEcho,
  findHeader,
  findJson,
  findMailEcho,
  findMarkdown,
  findPreamble,
  findRoleToken,
  findUnfinished,
} from "./format.ts";
import { findExtraSentences } from "./length.ts";
import { findRepetition } from "./repetition.ts";

/** What can be wrong with a reply. */
export const CHECKS = [
  "empty", //         no words
  "subject", //       a Subject: or From: header in the reply
  "role token", //    chat markup: <|eot_id|>, [INST], <think>, "assistant:"
  "markdown", //      fences, headings, bold, links, bullets
  "json", //          an object or array instead of text
  "preamble", //      words about the reply: "Here is a draft:"
  "prompt echo", //   a long run of the mail, or a line of the prompt, word for word
  "unfinished", //    does not end as a sentence or a sign-off does, or was cut at the token limit
  "sentences", //     more than three (the paper: one to three); a greeting and a sign-off are not counted
  "repetition", //    four words in a row three times, or a sentence twice
] as const;

export type CheckName = (typeof CHECKS)[number];

/** One thing wrong, and the text that shows it. */
export interface Finding {
  readonly check: CheckName;
  readonly text: string;
}

/** Everything wrong with `reply` to `email`; an empty list is a clean reply. `cutAtLimit`: generation ended for want of tokens. */
export function checkReply(reply: string, context: { email: string; cutAtLimit?: boolean }): Finding[] {
  const text = reply.trim();
  if (!/[\p{L}\p{N}]/u.test(text)) return [{ check: "empty", text }];
  const { sentences, signOff } = splitReply(text);
  const found: Record<CheckName, string | undefined> = {
    empty: undefined,
    subject: findHeader(text),
    "role token": findRoleToken(text),
    markdown: findMarkdown(text),
    json: findJson(text),
    preamble: findPreamble(text),
    "prompt echo": findFrameEcho(text) ?? findMailEcho(text, context.email),
    unfinished: findUnfinished(text, { signOff, cutAtLimit: context.cutAtLimit }),
    sentences: findExtraSentences(sentences),
    repetition: findRepetition(text, sentences),
  };
  return CHECKS.flatMap((check) => (found[check] === undefined ? [] : [{ check, text: found[check] }]));
}
