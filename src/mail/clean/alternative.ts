/**
 * Which form of a multipart/alternative is the mail. A person sees the HTML form; the plain one is easier to read by machine, but
 * may say something else: an order to the assistant that nobody sees, "this mail cannot be shown", last week's text. So the plain
 * form is taken where both say the same, and the one that is seen where they differ.
 */

/** The text that counts, and whether the forms said different things. */
export interface ChosenForm {
  readonly text: string;
  readonly differs: boolean;
}

/** `plain` and `html` as text, quotations marked; either may be blank. */
export function chooseForm(plain: string, html: string): ChosenForm {
  if (html.trim() === "") return { text: plain, differs: false };
  if (plain.trim() === "") return { text: html, differs: false };
  const a = words(plain);
  const b = words(html);
  const differs = saysMore(a, b) || saysMore(b, a) || turnsRound(a, b);
  return { text: differs ? html : plain, differs };
}

/** What stands in one form only and says nothing: links, pictures, the marks of plain text for bold or for a table. */
const NO_WORDS =
  /<?\b(?:https?|ftp|mailto|cid|tel|file):[^\s>\])]{0,2000}>?|\bwww\.[^\s>\])]{0,500}|\[(?:image|cid|inline image|bild|imagen|immagine|afbeelding|logo)[^\]\n]{0,300}\]|<?[^\s<>@]{1,80}@[^\s<>@]{1,100}>?/giu;
const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|[\p{L}\p{N}]+/gu;
const MAX_CHARACTERS = 200_000;

function words(text: string): string[] {
  return text.slice(0, MAX_CHARACTERS).normalize("NFKC").toLowerCase().replace(NO_WORDS, " ").match(WORD) ?? [];
}

/** A word that turns a sentence round, in the languages of most mail. */
const NEGATION =
  /^(?:not|no|never|nor|cannot|don|doesn|didn|won|isn|aren|wasn|weren|nicht|kein|keine|keinen|keiner|keinem|nie|niemals|pas|jamais|aucun|aucune|nunca|non|mai|não|nem|niet|geen|nooit|inte|aldrig|ikke|aldri|nie|nigdy|ne|не|нет|ні|ніколи|никогда|değil|hayır|όχι|δεν|לא|لا|لن|لم|不|没|沒|未|無|无|非|否)$/u;

/** A few letters are enough to say the opposite or another sum: the forms differ in a word of denial, or in a number of two digits. */
function turnsRound(one: readonly string[], other: readonly string[]): boolean {
  const denials = (words: readonly string[]) => words.filter((word) => NEGATION.test(word)).length;
  const numbers = (words: readonly string[]) => words.filter((word) => /^\p{Nd}{2,}$/u.test(word));
  const lacks = (words: readonly string[], from: readonly string[]) => {
    const known = new Set(from);
    return numbers(words).some((number) => !known.has(number));
  };
  return denials(one) !== denials(other) || lacks(one, other) || lacks(other, one);
}

/** Letters in a row, in words the other form lacks, that are no slip of the conversion: some five words. */
const MAX_OWN_LETTERS = 20;

/** Whether `one` has a run of words that `other` does not have in that order. Pairs of words are compared, so order counts. */
function saysMore(one: readonly string[], other: readonly string[]): boolean {
  const pairs = new Set<string>();
  for (let i = 0; i + 1 < other.length; i++) pairs.add(`${other[i]} ${other[i + 1]}`);
  const single = new Set(other);
  let own = 0;
  for (let i = 0; i < one.length; i++) {
    const isCovered =
      (i > 0 && pairs.has(`${one[i - 1]} ${one[i]}`)) ||
      (i + 1 < one.length ? pairs.has(`${one[i]} ${one[i + 1]}`) : single.has(one[i]));
    if (isCovered) own = 0;
    else own += one[i].length * (one[i].length === 1 && one[i] > "\u2e80" ? 3 : 1); // an ideograph says as much as three letters
    if (own > MAX_OWN_LETTERS) return true;
  }
  return false;
}
