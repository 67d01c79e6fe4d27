/** Which of a person's real replies their model may learn from, and which of them stand aside to measure it. */
import { loadLanguageDetector, type Pair } from "../mail/index.ts";
import { type PLACEHOLDER_KINDS, redact } from "../redact/index.ts";
import { tidyReply } from "./tidy.ts";

/** A reply that may be learnt from: the mail, and what its answerer wrote. */
export type OwnReply = Pick<Pair, "id" | "threadId" | "email" | "reply" | "date">;

/** Why a reply is left out. */
export type LeftOut =
  | "notTheOwners"
  | "short"
  | "private" //        it tells something that must not come out of a model
  | "otherLanguage" //  the owner's language must not become that of every reply
  | "copy"; //          a form letter teaches its text, not a style

/** The replies of a person, oldest first, and how many were left out. */
export interface ChosenReplies {
  readonly replies: readonly OwnReply[];
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/** ours: with fewer words there is nothing of a person in it. */
const LEAST_WORDS = 5;

/** What a model could give away. A name alone is in the mail that is answered as well. */
const PRIVATE = new Set<(typeof PLACEHOLDER_KINDS)[number]>([
  ...(["SECRET", "EMAIL", "IBAN", "CARD", "ACCOUNT", "PHONE", "IP", "ADDRESS", "BIRTHDATE"] as const),
]);

/** Chooses among the rows of pairs.jsonl. A reply between quoted lines is a reply for each piece of it, to the lines it stands below. */
export async function chooseReplies(pairs: AsyncIterable<Pair> | Iterable<Pair>): Promise<ChosenReplies> {
  const { detect } = await loadLanguageDetector();
  const leftOut: Record<LeftOut, number> = {
    ...{ notTheOwners: 0, short: 0, private: 0, otherLanguage: 0, copy: 0 },
  };
  const seen = new Set<string>();
  const replies: OwnReply[] = [];
  for await (const pair of pairs) {
    for (const { id, threadId, email, reply: written, date } of piecesOf(pair)) {
      const reply = tidyReply(written);
      const reason = pair.fromOwner ? refuse({ email, reply }, { detect, seen }) : "notTheOwners";
      if (reason !== null) leftOut[reason]++;
      else replies.push({ id, threadId, email, reply, date });
    }
  }
  replies.sort((a, b) => (a.date ?? "").localeCompare(b.date ?? ""));
  return { replies, leftOut };
}

/** What stands above the first quote answers the mail as a whole. */
function piecesOf(pair: Pair): OwnReply[] {
  const { pieces, email } = pair;
  if (pieces === undefined) return [pair];
  return pieces.map(({ quoted, answer }, index) => ({
    ...{ ...pair, id: `${pair.id}/${index + 1}`, reply: answer },
    email: quoted === "" ? email : { ...email, body: newestOf(quoted) },
  }));
}

/** The lines of a quote that the mail itself said, without what it quoted in its turn; all of it where there is no other. */
function newestOf(quoted: string): string {
  const lines = quoted.split("\n").map((line) => line.replace(/^[^\S\n]?/, ""));
  const own = lines.filter((line) => !line.startsWith(">")).join("\n");
  return (own.trim() === "" ? lines.map((line) => line.replace(/^[> ]+/, "")).join("\n") : own).trim();
}

function refuse(
  pair: Pick<OwnReply, "email" | "reply">,
  { detect, seen }: { detect: (text: string) => string | null; seen: Set<string> },
): LeftOut | null {
  const words = pair.reply.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < LEAST_WORDS) return "short";
  if (isPrivate(pair.reply)) return "private";
  const [asked, answered] = [detect(pair.email.body), detect(pair.reply)];
  if (asked !== null && answered !== null && asked !== answered) return "otherLanguage";
  const text = words.join(" ").toLowerCase();
  if (seen.has(text)) return "copy";
  seen.add(text);
  return null;
}

/** redaction lets plain links pass, which tell nobody's name; a model that has memorised them shows where they lead. */
const LINK = /\b[a-z][a-z+.-]{1,20}:\/\/|\bwww\./i;

/** Words that a secret may stand beside in a form that no rule of redaction knows; a reply less costs nothing. */
const SECRETIVE =
  /(?<!\p{L})(?:pass(?:words?|phrases?|codes?)|passwor[dt]\p{L}*|pwd|pw|zugangsdaten|mots? de passe|contraseñas?|wachtwoord\p{L}*|senhas?|hasł\p{L}*|lösenord\p{L}*|adgangskode\p{L}*|passord\p{L}*|salasana\p{L}*|jelsz\p{L}*|hesl\p{L}*|şifre\p{L}*|парол\p{L}*|κωδικ\p{L}*|log ?in with|log ?in data|credentials?|(?:recovery|seed|secret) (?:phrase|words?|code)|maiden name|mädchenname|cv[cv]|(?:door|safe|alarm|lock|gate|access) code|combination (?:is|of|for)|expires \d\d\/\d\d)(?!\p{L})|passwort|kennwort|密码|密碼|パスワード|暗証番号|비밀번호/iu;

/** How one gets in somewhere, whose end is what must not be learnt: "log in as root with …", "melde dich mit … an", "the wifi key". */
const ENTRY =
  /(?<!\p{L})(?:(?:log|sign)(?:g?ed|g?ing)?[ -]?(?:in|on)(?: [^\s.!?]+){0,4} (?:with|as|using)|(?:anmeld|einlogg)\p{L}*|(?:meld|logg)\p{L}* (?:dich|euch|sie)(?: [^\s.!?]+){0,3} (?:mit|als)|connecte[rz]?(?:-toi|-vous)?(?: [^\s.!?]+){0,3} (?:avec|en tant que)|(?:entra|accede|inicia sesión)(?: [^\s.!?]+){0,3} con|user ?names?|benutzernamen?|nom d['’]utilisateur|identifiants?|(?:wi-?fi|wlan|wpa2?|network) key|opens? with \d|(?:code|pin)[^.!?\d]{0,40}\d(?:[ -]?\d){3})(?!\p{L})/iu;

/** A word with figures behind it, as people choose passwords ("sommer2024"), the same word twice with a stroke between, and a long number of sixteens. */
const AS_PASSWORD =
  /(?<![\p{L}\d])(?:\p{L}{5,40}\d{2,}[!?#$%*]*(?![\p{L}\d.])|(\p{L}{4,40}) ?\/ ?\1(?![\p{L}\d])|[\da-f]{24,})/iu;

/** Whether a text holds what must not come out of a model: numbers, addresses, keys, links, and words that secrets stand beside. */
export function isPrivate(text: string): boolean {
  if ([LINK, SECRETIVE, ENTRY, AS_PASSWORD].some((pattern) => pattern.test(text))) return true;
  const { table } = redact(text);
  return [...table.keys()].some((placeholder) =>
    PRIVATE.has(/^\[([A-Z]+)/.exec(placeholder)?.[1] as (typeof PLACEHOLDER_KINDS)[number]),
  );
}

/** Ids by side. A conversation lies on one side; the newest ones are the test, those before them validate. */
export interface TimeSplit {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

/**
 * Splits by time: what the owner writes later is what the model is for. `replies` are oldest first. A conversation that would take more than half of all from
 * the training is trained on, wherever it stands; where no conversation is left to validate on, the newest replies that would be trained on validate. All of
 * one conversation are trained on: nothing is left to measure by.
 */
export function splitByTime(
  replies: readonly Pick<OwnReply, "id" | "threadId">[],
  { testFraction = 0.2, validationFraction = 0.1 } = {},
): TimeSplit {
  const last = new Map(replies.map(({ threadId }, index) => [threadId, index]));
  const threads = [...last].sort(([, a], [, b]) => b - a).map(([threadId]) => threadId); // newest first
  const sizes = countBy(replies);
  const sides = new Map<string, keyof TimeSplit>();
  const [tests, held] = [testFraction, testFraction + validationFraction].map((share) =>
    Math.round(share * replies.length),
  );
  let placed = 0;
  for (const threadId of threads) {
    const size = sizes.get(threadId)!;
    if (placed >= held || placed + size > replies.length / 2) continue;
    sides.set(threadId, placed < tests ? "test" : "validation");
    placed += size;
  }
  const side = (name: keyof TimeSplit) =>
    replies.flatMap(({ id, threadId }) => ((sides.get(threadId) ?? "train") === name ? [id] : []));
  const [train, validation, test] = [side("train"), side("validation"), side("test")];
  const most = validation.length > 0 ? train.length : train.length - Math.max(1, held - tests);
  return { train: train.slice(0, most), validation: [...train.slice(most), ...validation], test };
}

function countBy(replies: readonly { threadId: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { threadId } of replies) counts.set(threadId, (counts.get(threadId) ?? 0) + 1);
  return counts;
}
