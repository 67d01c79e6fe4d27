/**
 * Checks of a reply that need no reference and no judge: form, length, repetition (A1 to A3 of our reply bench). Each finding shows
 * the text that offends.
 */
import { splitReply } from "./sentences.ts";

/** What can be wrong with a reply. */
export const CHECKS = [
  "empty", //         no words
  "subject", //       a Subject: or From: header in the reply
  "role token", //    chat markup: <|eot_id|>, [INST], <think>, "assistant:"
  "markdown", //      fences, headings, bold, links, bullets
  "json", //          an object or array instead of text
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
  const findings: (Finding | undefined)[] = [
    find("subject", text, /^[ \t]*(?:subject|from|to|cc|date)[ \t]*:.*$/im),
    find("role token", text, ROLE_TOKEN),
    find("markdown", text, MARKDOWN),
    isJson(text) ? { check: "json", text } : undefined,
    findEcho(text, context.email),
    findUnfinished(text, signOff, context.cutAtLimit ?? false),
    sentences.length > 3 ? { check: "sentences", text: sentences.slice(3).join(" ") } : undefined,
    findRepetition(text, sentences),
  ];
  return findings.filter((finding) => finding !== undefined);
}

const ROLE_TOKEN =
  /<\|[^|\n]{1,40}\|>|<\/?s>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:think|thinking|reasoning)>|<(?:start|end)_of_turn>|^[ \t]*#{2,}[ \t]*(?:response|instruction|input)\b.*$|^[ \t]*(?:assistant|user|system)[ \t]*(?::.*)?$/im;

const MARKDOWN =
  /```|^#{1,6}[ \t]+\S.*$|\*\*[^*\n]{1,200}\*\*|__[^_\n]{1,200}__|\[[^\]\n]{1,200}\]\([^)\n]{1,200}\)|^[ \t]*(?:[-*•]|\d+[.)])[ \t]+\S.*$/m;

function find(check: CheckName, text: string, pattern: RegExp): Finding | undefined {
  const match = pattern.exec(text);
  return match ? { check, text: match[0].trim() } : undefined;
}

/** A whole JSON value, or the beginning of one. `{name}` and `[Name]` are placeholders, not JSON. */
function isJson(text: string): boolean {
  if (/^\{\s*"[^"\n]*"\s*:/.test(text) || /^\[\s*[{"]/.test(text)) return true;
  if (!/^[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Words in a row shared with the mail that make an echo; a shorter run is how one takes up what was said. */
const ECHO_WORDS = 14;

function findEcho(reply: string, email: string): Finding | undefined {
  const framed = /^.*(?:Cutting Knowledge Date:|Today Date:|Reply to this email).*$/im.exec(reply);
  if (framed) return { check: "prompt echo", text: framed[0] };
  const words = toWords(reply);
  const known = new Set(runs(toWords(email), ECHO_WORDS));
  const echo = runs(words, ECHO_WORDS).find((run) => known.has(run));
  return echo === undefined ? undefined : { check: "prompt echo", text: echo };
}

/** A last mark with the quotes and brackets that may close after it, a text smiley, or a link. */
const CLEAN_END = /(?:[.!?…]["'”’)\]»]*|[:;]-?[)D]|https?:\/\/\S+)$/;
const EMOJI_AT_END = /(?:\p{Extended_Pictographic}(?:\u200d|\ufe0f|\p{Emoji_Modifier})*\s*)+$/u;

const END_REACH = 300; // characters: the end of the longest link

function findUnfinished(text: string, signOff: string, cutAtLimit: boolean): Finding | undefined {
  const end = text.slice(-END_REACH);
  if (!cutAtLimit && (signOff !== "" || CLEAN_END.test(end) || EMOJI_AT_END.test(end))) return undefined;
  return { check: "unfinished", text: text.slice(-60) };
}

const LOOP_WORDS = 4;
const LOOP_TIMES = 3;

function findRepetition(text: string, sentences: readonly string[]): Finding | undefined {
  const counts = new Map<string, number>();
  for (const run of runs(toWords(text), LOOP_WORDS)) counts.set(run, (counts.get(run) ?? 0) + 1);
  const loop = [...counts].find(([, count]) => count >= LOOP_TIMES);
  if (loop) return { check: "repetition", text: loop[0] };
  const seen = new Set<string>();
  for (const sentence of sentences) {
    const words = toWords(sentence).join(" ");
    if (seen.has(words)) return { check: "repetition", text: sentence };
    seen.add(words);
  }
  return undefined;
}

function toWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’.,:@-][\p{L}\p{N}]+)*/gu) ?? [];
}

function runs(words: readonly string[], length: number): string[] {
  return words.slice(length - 1).map((_, i) => words.slice(i, i + length).join(" "));
}
