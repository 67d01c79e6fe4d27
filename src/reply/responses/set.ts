/**
 * A response set: short replies that were given often, by intent and by meaning (Kannan et al. 2016, arXiv:1606.04870 §4). It is a file that a
 * person edits, so it is checked as a stranger's would be.
 */
import { toWords } from "../../checks/portable.ts";
import { UserError } from "../../errors.ts";
import { INTENTS, type Intent } from "../assistant/phrases.ts";

/** One reply of the set. */
export interface Response {
  /** A sentence of at most 25 words. */
  readonly text: string;
  readonly intent: Intent;
  /** Which replies mean the same: the text of the one that was given most often. */
  readonly cluster: string;
  /** In how many replies it stood. */
  readonly count: number;
  /** How often the mail asked for what (kinds of asks, "none") and was about what. */
  readonly after: Readonly<Record<string, number>>;
}

/** The set in memory. */
export interface ResponseSet {
  /** ISO 639-1: it serves mails in this language. */
  readonly language: string;
  readonly responses: readonly Response[];
}

/** The set as it stands in responses.yaml. */
export interface ResponseFile {
  readonly format: typeof FORMAT;
  readonly language: string;
  readonly clusters: readonly {
    readonly intent: Intent;
    readonly replies: readonly { readonly text: string; readonly count?: number; readonly after?: Response["after"] }[];
  }[];
}

const FORMAT = "pocketreply responses 1";
const MOST_WORDS = 25;
/** ours: a person reads the file, and the trie is walked for each mail. */
const MOST_RESPONSES = 2000;
const MOST_FAULTS_SHOWN = 5;

/** The file of a set; its clusters by intent, the most frequent first. */
export function toResponseFile({ language, responses }: ResponseSet): ResponseFile {
  const clusters = new Map<string, Response[]>();
  for (const one of responses) clusters.set(one.cluster, [...(clusters.get(one.cluster) ?? []), one]);
  const total = (list: readonly Response[]) => list.reduce((sum, { count }) => sum + count, 0);
  const sorted = [...clusters.values()].sort(
    (a, b) => INTENTS.indexOf(a[0].intent) - INTENTS.indexOf(b[0].intent) || total(b) - total(a),
  );
  return {
    ...{ format: FORMAT, language },
    clusters: sorted.map((list) => ({
      intent: list[0].intent,
      replies: list.map(({ text, count, after }) => ({ text, count, after })),
    })),
  };
}

/** Reads a file that was parsed. Throws UserError that names `path` and the first five places that are wrong. */
export function readResponseFile(value: unknown, path: string): ResponseSet {
  const faults: string[] = [];
  const fault = (where: string, what: string) => faults.push(`${where}: ${what}`);
  const file = isRecord(value) ? value : {};
  if (file.format !== FORMAT) fault("format", `it must be "${FORMAT}"`);
  const { language } = file;
  if (typeof language !== "string" || !/^[a-z]{2,3}$/.test(language)) fault("language", "it must be a code such as en");
  if (!Array.isArray(file.clusters) || file.clusters.length === 0)
    fault("clusters", "there must be a list with an intent and replies in each place");
  const responses: Response[] = [];
  const known = new Map<string, string>();
  for (const [c, cluster] of (Array.isArray(file.clusters) ? file.clusters : []).entries()) {
    const at = `clusters[${c}]`;
    const { intent, replies } = isRecord(cluster) ? cluster : {};
    if (!isIntent(intent)) fault(`${at}.intent`, `${show(intent)} is none of ${INTENTS.join(", ")}`);
    if (!Array.isArray(replies) || replies.length === 0) fault(`${at}.replies`, "there must be a list of replies");
    const list: unknown[] = Array.isArray(replies) ? replies : [];
    const first = isRecord(list[0]) ? list[0].text : list[0];
    for (const [r, reply] of list.entries()) {
      const where = `${at}.replies[${r}]`;
      const { text, count = 1, after = {} }: Record<string, unknown> = isRecord(reply) ? reply : { text: reply }; // a bare text is one, too
      const wrong = faultOf(text);
      if (wrong !== null) fault(`${where}.text`, wrong);
      const twin = typeof text === "string" ? known.get(text.toLowerCase()) : undefined;
      if (twin !== undefined) fault(`${where}.text`, `it stands at ${twin} already`);
      if (!isCount(count)) fault(`${where}.count`, "it must be a whole number, 0 or more");
      if (!isRecord(after) || !Object.values(after).every(isCount))
        fault(`${where}.after`, "it must hold whole numbers");
      if (typeof text === "string") known.set(text.toLowerCase(), where);
      responses.push({ text, intent, cluster: first, count, after } as Response); // used where no fault was found
    }
  }
  if (responses.length > MOST_RESPONSES) fault("clusters", `more than ${MOST_RESPONSES} replies`);
  if (faults.length === 0) return { language: language as string, responses };
  const more = faults.length > MOST_FAULTS_SHOWN ? `\n  and ${faults.length - MOST_FAULTS_SHOWN} more` : "";
  throw new UserError(
    `${path} is no response set:\n  ${faults.slice(0, MOST_FAULTS_SHOWN).join("\n  ")}${more}\nMend these places, or build it anew: npx pocketreply responses build`,
  );
}

function faultOf(text: unknown): string | null {
  if (typeof text !== "string" || text.trim() === "") return `${show(text)} is no text`;
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text) || /<\|[^|>]*\|>/.test(text))
    return "it must be one line without control characters or tokens";
  const words = toWords(text).length;
  if (words === 0) return `${show(text)} holds no word`;
  return words > MOST_WORDS ? `it has ${words} words, and ${MOST_WORDS} are the most` : null;
}

const show = (value: unknown) => JSON.stringify(value)?.slice(0, 60) ?? "nothing";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isIntent = (value: unknown): value is Intent => INTENTS.some((intent) => intent === value);
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
