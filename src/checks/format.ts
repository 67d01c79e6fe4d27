/** A1: the reply is the body of a mail and nothing else, and it is whole. */
import { runs, toWords } from "./words.ts";

const ROLE_TOKEN =
  /<\|[^|\n]{1,40}\|>|<\/?s>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:think|thinking|reasoning)>|<(?:start|end)_of_turn>|^[ \t]*#{2,}[ \t]*(?:response|instruction|input)\b.*$|^[ \t]*(?:assistant|user|system)[ \t]*(?::.*)?$/im;

const MARKDOWN =
  /```|^#{1,6}[ \t]+\S.*$|\*\*[^*\n]{1,200}\*\*|__[^_\n]{1,200}__|\[[^\]\n]{1,200}\]\([^)\n]{1,200}\)|^[ \t]*(?:[-*•]|\d+[.)])[ \t]+\S.*$/m;

const HEADER = /^[ \t]*(?:subject|from|to|cc|date)[ \t]*:.*$/im;

/** What a chat model says about the reply instead of, or before, giving it. */
const PREAMBLE =
  /^[ \t]{0,20}(?:sure|certainly|of course|okay|ok|absolutely)?[,!.]?[ \t]{0,20}(?:here(?:'s|’s| is| are)[ \t]+(?:(?:a|an|the|your|my|one|some)[ \t]+)?(?:[\w-]+[ \t]+){0,4}(?:draft|repl(?:y|ies)|response|email|e-mail|version)s?\b[^\n]*|(?:draft|suggested)[ \t]+(?:reply|response|email)[ \t]*:.*|as an ai\b[^\n]*)|\b(?:let me know if you(?:'d| would) like (?:me to|any) (?:adjust|change|revis|modif|edit)[^\n]*|i hope this (?:draft|reply|response) helps[^\n]*)/im;

/** The `Subject:` or `From:` line of a reply that repeats mail headers. */
export function findHeader(reply: string): string | undefined {
  return first(reply, HEADER);
}

/** Chat markup: `<|eot_id|>`, `[INST]`, `<think>`, a line `assistant:`. */
export function findRoleToken(reply: string): string | undefined {
  return first(reply, ROLE_TOKEN);
}

/** Fences, headings, bold, links, bullets. */
export function findMarkdown(reply: string): string | undefined {
  return first(reply, MARKDOWN);
}

/** A sentence about the reply ("Here is a draft reply:"), which nobody wants to send. */
export function findPreamble(reply: string): string | undefined {
  return first(reply, PREAMBLE);
}

/** A whole JSON value, or the beginning of one. `{name}` and `[Name]` are placeholders, not JSON. */
export function findJson(reply: string): string | undefined {
  const text = reply.trim();
  if (/^\{\s*"[^"\n]*"\s*:/.test(text) || /^\[\s*[{"]/.test(text)) return text;
  if (!/^[{[]/.test(text)) return undefined;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

/** A line of the prompt that frames every mail, word for word. */
export function findFrameEcho(reply: string): string | undefined {
  return /^.*(?:Cutting Knowledge Date:|Today Date:|Reply to this email).*$/im.exec(reply)?.[0];
}

/** Words in a row shared with the mail that make an echo; a shorter run is how one takes up what was said. */
const ECHO_WORDS = 14;

/** The first long run of the mail that the reply repeats word for word. */
export function findMailEcho(reply: string, email: string): string | undefined {
  const known = new Set(runs(toWords(email), ECHO_WORDS));
  return runs(toWords(reply), ECHO_WORDS).find((run) => known.has(run));
}

/** A last mark with the quotes and brackets that may close after it, a text smiley, or a link. */
const CLEAN_END = /(?:[.!?…]["'”’)\]»]*|[:;]-?[)D]|https?:\/\/\S{1,300})$/;
const EMOJI_AT_END = /\p{Extended_Pictographic}(?:\u200d|\ufe0f|\p{Emoji_Modifier})*\s*$/u;
const END_REACH = 300; // characters: the end of the longest link

/** The end of a reply that stops in the middle: no closing mark and no sign-off, or cut at the token limit. */
export function findUnfinished(
  reply: string,
  options: { signOff: string; cutAtLimit?: boolean | undefined },
): string | undefined {
  const text = reply.trim();
  const end = text.slice(-END_REACH);
  const ends = options.signOff !== "" || CLEAN_END.test(end) || EMOJI_AT_END.test(end);
  return ends && !options.cutAtLimit ? undefined : text.slice(-60);
}

function first(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[0].trim();
}
