/** Reads the text of a mail as the teacher gets it: "From: …", "Subject: …", a blank line, the body. */
import { dropOrders } from "./orders.ts";
import { LIST_MARK, splitSentences } from "./sentences.ts";

/** The parts of a mail text. */
export interface MailText {
  readonly from: string;
  readonly subject: string;
  /** The body without greeting, sign-off and quoted lines, cut to a length that bounds the work. */
  readonly body: string;
  readonly sentences: readonly string[];
  readonly greeting: string;
  /** The lines after the last paragraph: "Best regards", a name. */
  readonly signOff: string;
}

const MAX_CHARACTERS = 6000;
const MAX_SENTENCES = 60;

/** Splits a mail text; never throws, whatever it holds. */
export function readMailText(text: string): MailText {
  const clean = text
    .slice(0, 4 * MAX_CHARACTERS)
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, " ");
  const { from, subject, rest } = splitHead(clean);
  const lines = dropOrders(rest.slice(0, MAX_CHARACTERS))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => !/^[>|]/.test(line));
  const greeting = takeGreeting(lines);
  const signOff = takeSignOff(lines);
  const body = lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  const sentences = splitSentences(body)
    .map((sentence) => sentence.replace(LIST_MARK, "").replace(/\s+/g, " "))
    .filter((sentence) => !isMeddling(sentence))
    .slice(0, MAX_SENTENCES);
  return { from, subject: cleanSubject(dropOrders(subject)), body: sentences.join(" "), sentences, greeting, signOff };
}

function splitHead(text: string): { from: string; subject: string; rest: string } {
  const lines = text.split("\n");
  let [from, subject, at] = ["", "", 0];
  for (; at < lines.length && at < 4; at++) {
    const header = /^(From|Subject): ?(.*)$/i.exec(lines[at]);
    if (!header) break;
    if (header[1].toLowerCase() === "from") from = header[2].trim();
    else subject = header[2].trim();
  }
  return { from, subject, rest: lines.slice(at).join("\n") };
}

/** "Re: [list] Fwd: budget" -> "budget". */
export function cleanSubject(subject: string): string {
  let rest = subject.slice(0, 200).trim();
  for (let round = 0; round < 6; round++) {
    const shorter = rest.replace(/^(?:(?:re|fwd?|aw|wg|sv|antw)(?:\[\d+\])?:|\[[^\]]{1,40}\]|\(no subject\))\s*/i, "");
    if (shorter === rest) break;
    rest = shorter;
  }
  return rest.replace(/\s+/g, " ").trim();
}

const GREETING =
  /^(?:dear|hello|hi|hey|good (?:morning|afternoon|evening)|greetings|to whom it may concern)\b(?:[^.?]|(?<=\b(?:Mr|Ms|Mrs|Dr|Prof))\.){0,60}$/i;

/** Removes the greeting line from the front of `lines` and returns it. */
function takeGreeting(lines: string[]): string {
  const first = lines.findIndex((line) => line !== "");
  if (first < 0) return "";
  const line = lines[first];
  if (!GREETING.test(line) && !/^\p{Lu}[\p{L}'-]{1,20},$/u.test(line)) return "";
  lines.splice(0, first + 1);
  return line;
}

const SIGN_OFF =
  /^(?:(?:with )?(?:kind|best|warm|many|warmest) (?:regards|wishes|thanks)|regards|best|cheers|thanks|thank you|sincerely|yours(?: sincerely| faithfully| truly)?|sincerely yours|respectfully|love|hugs|ciao|bye|take care|see you|talk soon|all the best|xx|greetings(?: from [\w ]{1,30})?|--)[,.!]?$/i;

/** Removes "Best regards, Maria" and what follows from the end of `lines` and returns it. */
function takeSignOff(lines: string[]): string {
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  for (let at = lines.length - 1; at >= Math.max(1, lines.length - 8); at--) {
    const follows = lines.slice(at + 1);
    if (SIGN_OFF.test(lines[at]) && follows.every((line) => line.length < 60 && !/[?!]$|\w\w\.$/.test(line))) {
      return lines.splice(at).filter(Boolean).join("\n");
    }
  }
  // A name alone on the last line.
  const last = lines.at(-1) ?? "";
  if (lines.length > 1 && /^[-–—]?\s?\p{Lu}[\p{L}'.-]*(?: \p{Lu}[\p{L}'.-]*){0,2}$/u.test(last) && lines.at(-2) === "")
    return lines.pop()!;
  return "";
}

/** A sentence that talks to a program instead of the reader. It takes no part in writing or judging. */
function isMeddling(sentence: string): boolean {
  return (
    /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rule|guideline|criteria)/i.test(sentence) ||
    /\b(?:score|rate|grade|rating)\b.{0,60}\b(?:1\.0|10|ten|one|maximum|highest|perfect|full)\b/i.test(sentence) ||
    /\b(?:system prompt|language model|you are an ai|as an ai|ai assistant|evaluator|<\|)/i.test(sentence)
  );
}
