/**
 * Redaction: what identifies or gives access to someone becomes a placeholder before a text leaves the machine, and comes back
 * in the answer. Patterns find what has a form (addresses, numbers, keys); names are known from the headers, the address
 * book, the greeting and the sign-off. Every search is linear in the length of the text, whatever the text.
 */

import { findCards, findIbans } from "./accounts.ts";
import { findIpAddresses, findMailAddresses } from "./addresses.ts";
import { findBirthDates } from "./births.ts";
import { findCodes } from "./codes.ts";
import { foldDigits } from "./digits.ts";
import { findIdentities } from "./identities.ts";
import { createNameBook, createNameFinder, findWords, type NameBook, type NameSources, nameParts } from "./names.ts";
import { findPhones } from "./phones.ts";
import { createPlaceholderBook, findPlaceholders, type PlaceholderKind, type RedactionTable } from "./placeholders.ts";
import { findNamedSecrets, findTokens } from "./secrets.ts";
import { blankSpans, mergeSpans, replaceSpans, type Span, subtractSpans } from "./spans.ts";
import { findStreets } from "./streets.ts";
import { findHonored, findSmallSignature, namesInText } from "./text-names.ts";
import { findProfiles, findUrls } from "./urls.ts";

/** A redacted text and what its placeholders stand for. */
export interface Redaction {
  readonly text: string;
  readonly table: RedactionTable;
}

/**
 * Redacts one text. `names` are names of people as headers have them ("Ann Lee", "Lee, Ann"), `book` those who may be named in
 * any text. `restore(text, table)` is the text again, exactly.
 */
export function redact(
  text: string,
  { names = [], book = NOBODY }: { names?: readonly string[]; book?: NameBook } = {},
): Redaction {
  const redaction = createRedaction({ people: names, shown: namesInText(text), book });
  return { text: redaction.apply(text), table: redaction.table };
}

const NOBODY = createNameBook([]);

/** Redacts several texts that share one table: the same value has the same placeholder in all. */
export interface TextRedaction {
  apply(text: string): string;
  /** The display name of a header: all its words are names, unless it names a role or a list. */
  applyName(name: string): string;
  readonly table: RedactionTable;
}

export function createRedaction(names: NameSources): TextRedaction {
  const book = createPlaceholderBook();
  const findNames = createNameFinder(names);
  const replace = (text: string, spans: readonly PrivateSpan[]) =>
    replaceSpans(text, spans, ({ kind, start, end }) => book.name(kind, text.slice(start, end)));
  return {
    table: book.table,
    apply: (text) => replace(text, findPrivate(text, findNames)),
    applyName(name) {
      const parts = new Set(nameParts(name, { isHeader: true }));
      const whole = (view: string): Span[] => findWords(view, parts);
      return replace(
        name,
        findPrivate(name, (view) => (parts.size > 0 ? whole(view) : findNames(view))),
      );
    },
  };
}

/** A private part of a text. */
export interface PrivateSpan extends Span {
  readonly kind: PlaceholderKind;
}

/** Everything in `text` that is replaced, in its order, without overlaps. */
export function findPrivate(text: string, findNames: (view: string) => Span[]): PrivateSpan[] {
  const found: PrivateSpan[] = [];
  let view = text; // what is found is blanked, so that nothing is found twice
  const take = (kind: PlaceholderKind, spans: readonly Span[]) => {
    const fresh = subtractSpans(mergeSpans(spans), mergeSpans(found)); // a key of many lines may reach over a blank
    for (const { start, end } of fresh) found.push({ kind, start, end });
    view = blankSpans(view, fresh);
  };
  take("TEXT", findPlaceholders(view));
  const urls = findUrls(view);
  take(
    "URL",
    urls.filter(({ isPrivate }) => isPrivate),
  );
  take("SECRET", findNamedSecrets(view));
  take("EMAIL", findMailAddresses(view));
  take("URL", findProfiles(view));
  take("SECRET", findTokens(view));
  const publicUrls = urls.filter(({ isPrivate }) => !isPrivate);
  const withUrls = view; // a URL that stays may hold an address or a name, but its digits are no number to call
  view = blankSpans(view, publicUrls);
  view = foldDigits(view);
  take("SECRET", findCodes(view));
  take("IBAN", findIbans(view));
  take("CARD", findCards(view));
  take("ACCOUNT", findIdentities(view));
  take("BIRTHDATE", findBirthDates(view));
  take("ADDRESS", findStreets(view));
  take("PHONE", findPhones(view));
  view = replaceSpans(view, publicUrls, ({ start, end }) => withUrls.slice(start, end));
  take("IP", findIpAddresses(view));
  take("NAME", [...findNames(view), ...findHonored(view), ...findSmallSignature(view)]);
  return found.sort((a, b) => a.start - b.start);
}
