/**
 * What no reply says, whichever model writes it: the same sentence again, and what only its sender can decide to say: that money is paid or a payment is
 * confirmed, a password or card number handed over, words written that a mail dictates. Small models promise what they are asked for, and a mail that asks
 * for money is not always its sender's.
 */
import { toWords } from "../checks/portable.ts";
import { splitReply, splitSentences } from "../mail/portable.ts";
import { goOn, type Place, placesOf } from "./assistant/joining.ts";
import { type PhraseLanguage, phrasesFor } from "./assistant/phrases.ts";

/** A promise that was not made, and what stands in its place. */
export interface Withheld {
  readonly kind: UnaskedKind;
  /** The clause, as the model wrote it. */
  readonly text: string;
  /** The place of the sentence that stands for it, in UTF-16 code units; empty where nothing does, since the reply puts its answer off already. */
  readonly start: number;
  readonly end: number;
}

export type UnaskedKind = "money" | "secret" | "dictated";

/** A reply as far as it may be shown. */
export interface Guarded {
  readonly text: string;
  /** Nothing that follows is shown. */
  readonly isOver: boolean;
  readonly withheld: Withheld | null;
}

/** Takes all that is written of a reply so far; what it shows grows. The clause that is being written is held back until it is whole. */
export type ReplyGuard = (written: string, isWhole: boolean) => Guarded;

/** ours: shorter sentences may stand twice ("Thank you."). */
const FEWEST_WORDS = 4;

/** A guard for what is written behind the first `from` characters. What `told` speaks of (the owner's line, facts) may be promised. */
export function createGuard({ told = "", from = 0 }: { told?: string; from?: number } = {}): ReplyGuard {
  return (written, isWhole) => {
    const said = new Set<string>();
    const sentences = placesOf(written, splitSentences(written));
    for (const [i, { start, end }] of sentences.entries()) {
      const isOpen = !isWhole && i === sentences.length - 1;
      const words = toWords(written.slice(start, end)).join(" ");
      const cut = (at: number): Guarded => ({
        text: written.slice(0, from) + written.slice(from, Math.max(from, at)).replace(/(?<![\s,;:–—])[\s,;:–—]+$/, ""),
        isOver: false,
        withheld: null,
      });
      if (end > from) {
        const promise = findUnasked(written, { start: Math.max(start, from), end, isOpen, told });
        if (promise !== null) return standIn(written, promise);
        if (!isOpen && said.has(words)) return { ...cut(start), isOver: true };
        if (isOpen)
          return cut(
            [...said].some((one) => one.startsWith(words))
              ? start
              : shownTo(written, { start: Math.max(start, from), end }),
          );
      }
      if (words.split(" ").length >= FEWEST_WORDS) said.add(words);
    }
    return { text: written, isOver: false, withheld: null };
  };
}

/** Who could promise something, with the word that joins it to what stands before. */
const SPEAKER =
  /\s{0,2}(?:(?<!\p{L})(?:and|but|so|und|et)\s{1,2})?(?<!\p{L})(?:i|we|ich|wir|je|nous)(?!\p{L})|\s{0,2}(?<!\p{L})(?:and|but|so|und|et)\s{0,2}$/iu;

/** ours: characters at the end of a text that may become an "and" or an "I". */
const TAIL = 12;

/** How far a sentence that is being written may be shown: up to where somebody speaks in its last clause. */
function shownTo(written: string, sentence: Place): number {
  const { start, end } = clausesOf(written, sentence).at(-1)!;
  const speaker = SPEAKER.exec(written.slice(start, end));
  if (speaker === null)
    return (
      written.slice(0, -TAIL).length +
      written.slice(-TAIL).replace(/(?:\s(?:and|but|so|und|et))?[\s,;:–—]{1,3}\p{L}{0,3}$/iu, "").length
    );
  return speaker.index === 0 ? Math.max(start, greetingOf(written)) : start + speaker.index;
}

type Promised = Place & { readonly kind: UnaskedKind; readonly language: PhraseLanguage };

/** The first promise of a sentence that nobody asked for, from its speaker on; of a sentence that is being written, in its whole clauses alone. */
function findUnasked(written: string, of: Place & { isOpen: boolean; told: string }): Promised | null {
  const clauses = clausesOf(written, of);
  for (const { start, end } of of.isOpen ? clauses.slice(0, -1) : clauses) {
    const text = written.slice(start, end);
    for (const { kind, language, pattern } of UNASKED)
      if (pattern.test(text) && !LEFT_OPEN.test(text) && !sharesWords(text, of.told))
        return { start: start + SPEAKER.exec(text)!.index, end, kind, language };
  }
  return null;
}

/** What parts clauses; it belongs to the clause behind it, so that nothing has to be taken back. */
const SEPARATOR = /[,;:–—]\s+/g;

function clausesOf(written: string, { start, end }: Place): Place[] {
  const inside = [...written.slice(start, end).matchAll(SEPARATOR)].map(({ index }) => start + index);
  const starts = [start, ...inside.filter((at) => at > start)];
  return starts.map((at, i) => ({ start: at, end: starts[i + 1] ?? end }));
}

const greetingOf = (written: string) => splitReply(written).greeting.length;

/** The reply up to the promise, and behind it that the answer will come; it ends there, for what the model would add builds on the promise. */
function standIn(written: string, { kind, language, start, end }: Promised): Guarded {
  const text = written.slice(start, end).replace(/^[\s,;:–—]+/, "");
  const { greeting } = splitReply(written);
  const isFirst = start <= greeting.length;
  const head = isFirst ? greeting : written.slice(0, start).replace(/(?<![\s,;:–—])[\s,;:–—]+$/, "");
  const sentence = phrasesFor(language)!.plain.defer; // each language of the patterns has its phrases
  if (head.toLowerCase().includes(sentence.toLowerCase().replace(/\.$/, "")))
    return { text: ended(head), isOver: true, withheld: { kind, text, start: head.length, end: head.length } };
  const before = head === "" ? "" : `${isFirst ? head : ended(head)} `;
  const shown = before + (isFirst && head.endsWith(",") ? goOn(sentence) : sentence);
  return { text: shown, isOver: true, withheld: { kind, text, start: before.length, end: shown.length } };
}

const ended = (text: string) => (/[.!?…]["'”’)]*$/.test(text) ? text : `${text}.`);

/** ours: a word of five letters or more, or a figure, that both hold. */
function sharesWords(clause: string, told: string): boolean {
  const words = (text: string) => text.toLowerCase().match(/\p{L}{5,}|\p{N}+/gu) ?? [];
  const known = new Set(words(told));
  return words(clause).some((word) => known.has(word));
}

/** A question, a denial, a condition, an intention to find out. */
const LEFT_OPEN =
  /\?|n['’]t\b|\b(?:not|never|no longer|cannot|unable|whether|if|when|how|what|which|who|once|until|unless|after|before|as soon as)\b|(?<!\p{L})(?:nicht|kein\p{L}*|ob|wenn|falls|sobald|wann|pas|si|dès que|quand|no|cuando)(?!\p{L})/iu;

const I =
  "\\b(?:i|we)(?:['’](?:ll|ve|re|m|d)| am| are| have| will| would| can| shall| could)?(?: (?:also|now|just|already|gladly|happily|certainly|immediately|then|be|able to|happy to|glad to|going to|like to|try to|make sure to|arrange to|hereby|\\w+ and)){0,6}";
const MONEY =
  "(?:money|amounts?|payments?|funds?|fees?|invoices?|balance|sum|bill|deposit|rent|[€$£]\\s?\\d|\\d[\\d.,]*\\s?(?:[€$£]|eur(?:os?)?|dollars?|pounds?|usd|gbp))";
const SECRET =
  "(?:passwords?|passcode|passphrase|pin(?: code)?|cvv|cvc|security code|card (?:number|details)|account (?:number|details)|iban|credentials|log-?in details|verification code|social security number)";
/** Words of the same clause. */
const some = (most: number) => `[^.!?,;:–—]{0,${most}}`;

const UNASKED: readonly { readonly kind: UnaskedKind; readonly language: PhraseLanguage; readonly pattern: RegExp }[] =
  [
    unasked(
      "money",
      "en",
      `${I} (?:pay|paying|paid|repay|refund(?:ing|ed)?|reimburs(?:e|ing|ed)|remit|wire)\\b(?! (?:close |more )?(?:attention|heed)| (?:you |them )?a visit)`,
    ),
    unasked(
      "money",
      "en",
      `${I} (?:transfer|send|settle|deposit|release|clear|credit)(?:ed|ing)?\\b${some(40)}(?<![\\w])${MONEY}(?!\\w)`,
    ),
    unasked(
      "money",
      "en",
      `${I} (?:confirm|approve|authori[sz]e|accept|complete|process)(?:ed|ing)?\\b(?!${some(40)}\\b(?:receipt|received|arriv\\w+))${some(40)}\\b(?:transfer|payment|wire|remittance|refund|bank (?:account|details))\\b`,
    ),
    unasked(
      "secret",
      "en",
      `${I} (?:send|give|share|tell|provide|forward|e-?mail|enter|answer|reply|respond|confirm|text)\\b(?!${some(60)}\\b(?:reset|new|temporary|link|how)\\b)${some(60)}\\b${SECRET}\\b`,
    ),
    unasked(
      "dictated",
      "en",
      `${I} (?:answer|reply|respond|sign|begin|end|close|start|finish)\\b${some(30)} with (?:the (?:words?|phrase|sentence|code|line|keyword)\\b|["“„«‘])`,
    ),
    {
      kind: "dictated",
      language: "en",
      pattern:
        /\b(?:I|We|we)\b[^.!?,;:–—]{0,30} (?:answer|reply|respond|sign|begin|end|close|start|finish)\b[^.!?,;:–—]{0,30} with [A-Z][A-Z0-9_-]{3,}/u,
    },
    unasked(
      "money",
      "de",
      `\\b(?:ich|wir)\\b${some(60)}(?<!\\p{L})(?:überweisen?|(?:be|ein)?zahlen?|erstatten?|begleichen?)(?!\\p{L})|(?<!\\p{L})(?:überweise|bezahle|zahle|erstatte)n? (?:ich|wir)\\b`,
    ),
    unasked(
      "money",
      "fr",
      `\\b(?:je|nous) (?:vous |le |la |les )*(?:pai(?:e|erai|erons)|payons|vers(?:e|erai|erons|ons)|vir(?:e|erai|erons|ons)|rembours(?:e|erai|erons|ons)|règle|régler(?:ai|ons))(?!\\p{L})`,
    ),
  ];

function unasked(kind: UnaskedKind, language: PhraseLanguage, source: string) {
  return { kind, language, pattern: new RegExp(source, "iu") };
}
