/**
 * The filters of an import: which mail is left out, for which reason, with counts. Every filter is a pure function of its own
 * (automated.ts, language.ts, near-copies.ts); here they are switched on by the recipe, counted, and shown by examples. A filter
 * that is off is counted too, so that a person can see what it would do; languages are detected only when some are asked for.
 */
import { hashString } from "../../random.ts";
import type { Recipe } from "../../recipe.ts";
import { createColumn, createIdColumn, createTextIndex } from "../hash-table.ts";
import type { ParsedMail } from "../parse-mail.ts";
import { AUTOMATED_KINDS, type AutomatedKind, detectAutomated } from "./automated.ts";
import { checkLanguages, loadLanguageDetector } from "./language.ts";
import { createNearCopies } from "./near-copies.ts";

/** What a filter takes out; also the reason in import.json. */
export type FilterReason = AutomatedKind | "otherLanguage" | "nearDuplicate";

/** The filters in words. */
export const FILTER_REASONS: Readonly<Record<FilterReason, string>> = {
  ...AUTOMATED_KINDS,
  otherLanguage: "in a language that is not among import.languages",
  nearDuplicate: "nearly the same text as an earlier mail (import.nearDuplicateJaccard)",
};

/** The content of filters.json. It holds text of mails, so it stays in the run folder. */
export interface FilterReport {
  readonly about: string;
  /** Messages that the filters looked at. */
  readonly looked: number;
  readonly filters: Readonly<Record<FilterReason, FilterFindings>>;
  /** Looked-at mails by language, where languages are filtered; "unknown" are too short or too mixed, and are kept. */
  readonly languages?: Readonly<Record<string, number>>;
}

/** What one filter did, or would have done. */
export interface FilterFindings {
  readonly meaning: string;
  readonly isOn: boolean;
  readonly count: number;
  /** How often each sign decided. */
  readonly signs: Readonly<Record<string, number>>;
  readonly examples: readonly FilterExample[];
}

/** One mail that a filter found, for a person to judge the filter by. */
export interface FilterExample {
  readonly source: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly sign: string;
}

/** A message as the filters see it. */
export interface FilterInput {
  readonly mail: ParsedMail;
  /** Its new text. */
  readonly body: string;
  readonly source: string;
  /** The owner of the mailbox wrote it: it may be like another (a standard answer), and its sender is no program. */
  readonly isOwn: boolean;
}

/** The filters of one import, in the order in which they are asked. */
export interface Filters {
  /** By sender and headers. */
  judgeSender(input: FilterInput): FilterReason | null;
  /** By language. */
  judgeLanguage(input: FilterInput): FilterReason | null;
  /** The id of an earlier mail that this one nearly copies, or null; then it is remembered under its id. */
  findNearCopy(id: string, input: FilterInput): string | null;
  report(): FilterReport;
}

const EXAMPLES = 8; // of different senders
const EXAMPLE_CHARACTERS = 200;

/** Makes the filters. Throws UserError for a language that cannot be detected. */
export async function createFilters(recipe: Recipe["import"]): Promise<Filters> {
  const { filters: isOn, languages, nearDuplicateJaccard: minJaccard, nearDuplicateMinWords: minWords } = recipe;
  const detector = languages.length > 0 ? await loadLanguageDetector() : null;
  if (detector) checkLanguages(languages, detector);
  const log = createFindings((reason) => (reason === "otherLanguage" ? detector !== null : isOn[reason]));
  const nearCopies = createNearCopies<number>({ minJaccard, minWords });
  const ids = createIdColumn(); //                    of the mails that were compared, by their number
  const sources = createTextIndex(hashString);
  const sourceOf = createColumn();
  let compared = 0;
  const counts = new Map<string, number>();

  return {
    judgeSender(input) {
      log.looked++;
      const { mail, isOwn } = input;
      if (isOwn) return null;
      const isAnswer = mail.inReplyTo.length > 0 || mail.references.length > 0;
      const found = detectAutomated({ ...mail, isAnswer });
      return found && log.add(found.kind, input, found.sign) ? found.kind : null;
    },
    judgeLanguage(input) {
      if (!detector) return null;
      const language = detector.detect(input.body);
      counts.set(language ?? "unknown", (counts.get(language ?? "unknown") ?? 0) + 1);
      if (language === null || languages.includes(language)) return null;
      return log.add("otherLanguage", input, `language ${language}`) ? "otherLanguage" : null;
    },
    findNearCopy(id, input) {
      if (input.isOwn) return null;
      const found = nearCopies.look(compared, input.body);
      if (!found) {
        ids.set(compared, id);
        sourceOf.set(compared++, sources.of(input.source));
        return null;
      }
      const sign = `similarity ${found.similarity.toFixed(2)} to ${sources.get(sourceOf.get(found.key))}`;
      return log.add("nearDuplicate", input, sign, "similar to an earlier mail") ? ids.get(found.key) : null;
    },
    report: () => ({
      about:
        "What each filter of the import left out, or would have left out where it is off (import.filters). Holds text of mails.",
      looked: log.looked,
      filters: log.findings(),
      ...(detector ? { languages: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1])) } : {}),
    }),
  };
}

interface Findings {
  looked: number;
  /** Counts a finding; true where its filter is on. */
  add(reason: FilterReason, input: FilterInput, sign: string, countedAs?: string): boolean;
  findings(): FilterReport["filters"];
}

function createFindings(isOn: (reason: FilterReason) => boolean): Findings {
  const reasons = Object.keys(FILTER_REASONS) as FilterReason[];
  const entries = new Map(
    reasons.map((reason) => [
      reason,
      { count: 0, signs: new Map<string, number>(), senders: new Set<string>(), examples: [] as FilterExample[] },
    ]),
  );
  return {
    looked: 0,
    add(reason, { mail, body, source }, sign, countedAs = sign) {
      const entry = entries.get(reason)!;
      entry.count++;
      entry.signs.set(countedAs, (entry.signs.get(countedAs) ?? 0) + 1);
      const { name, address } = mail.from;
      if (entry.examples.length < EXAMPLES && !entry.senders.has(address)) {
        entry.senders.add(address);
        const text = body.slice(0, EXAMPLE_CHARACTERS).replace(/\p{Surrogate}/gu, "");
        entry.examples.push({
          source,
          from: name ? `${name} <${address}>` : address,
          subject: mail.subject,
          text,
          sign,
        });
      }
      return isOn(reason);
    },
    findings() {
      const rows = [...entries].map(([reason, { count, signs, examples }]) => {
        const bySign = Object.fromEntries([...signs].sort((a, b) => b[1] - a[1]));
        return [
          reason,
          { meaning: FILTER_REASONS[reason], isOn: isOn(reason), count, signs: bySign, examples },
        ] as const;
      });
      return Object.fromEntries(rows) as unknown as FilterReport["filters"]; // one row for each reason
    },
  };
}
