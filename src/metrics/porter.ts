/**
 * The Porter stemmer as NLTK has it by default (NLTK_EXTENSIONS), because rouge_score stems with that one. It departs from Porter's
 * 1980 paper in a pool of irregular words, in -ies and -ied of four letters, in y → i, and in -alli, -bli, -fulli and -logi.
 */

/** The stem of one lower-case word. */
export function stem(word: string): string {
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (word.length <= 2) return word;
  return [step1a, step1b, step1c, step2, step3, step4, step5a, step5b].reduce((text, step) => step(text), word);
}

const IRREGULAR = new Map(
  Object.entries({
    sky: ["sky", "skies"],
    die: ["dying"],
    lie: ["lying"],
    tie: ["tying"],
    news: ["news"],
    inning: ["innings", "inning"],
    outing: ["outings", "outing"],
    canning: ["cannings", "canning"],
    howe: ["howe"],
    proceed: ["proceed"],
    exceed: ["exceed"],
    succeed: ["succeed"],
  }).flatMap(([stem, words]) => words.map((word) => [word, stem] as const)),
);

/** Which letters are consonants: all but a, e, i, o, u, and y after a consonant. */
function consonants(word: string): boolean[] {
  const flags: boolean[] = [];
  for (const [i, letter] of [...word].entries()) {
    flags.push(letter === "y" ? i === 0 || !flags[i - 1] : !"aeiou".includes(letter));
  }
  return flags;
}

/** m of Porter's paper: how often a vowel is followed by a consonant. */
function measure(word: string): number {
  const flags = consonants(word);
  return flags.filter((isConsonant, i) => isConsonant && i > 0 && !flags[i - 1]).length;
}

const hasVowel = (word: string) => consonants(word).includes(false);
const positive = (word: string) => measure(word) > 0;
const aboveOne = (word: string) => measure(word) > 1;

function endsInDoubleConsonant(word: string): boolean {
  return word.length >= 2 && word.at(-1) === word.at(-2) && consonants(word)[word.length - 1];
}

/** *o of the paper, and of a two-letter word vowel and consonant. */
function endsShort(word: string): boolean {
  const [first, middle, last] = consonants(word).slice(-3);
  if (word.length === 2) return !first && middle;
  return word.length >= 3 && first && !middle && last && !"wxy".includes(word.at(-1)!);
}

type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string) => boolean];

/** The first rule whose suffix fits decides, whether or not its condition holds. */
function applyFirst(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const rest = word.slice(0, word.length - suffix.length);
    return condition === undefined || condition(rest) ? rest + replacement : word;
  }
  return word;
}

function step1a(word: string): string {
  if (word.endsWith("ies") && word.length === 4) return word.slice(0, -1);
  return applyFirst(word, [
    ["sses", "ss"],
    ["ies", "i"],
    ["ss", "ss"],
    ["s", ""],
  ]);
}

function step1b(word: string): string {
  if (word.endsWith("ied")) return word.length === 4 ? word.slice(0, -1) : word.slice(0, -2);
  if (word.endsWith("eed")) return positive(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const suffix = ["ed", "ing"].find((ending) => word.endsWith(ending) && hasVowel(word.slice(0, -ending.length)));
  if (suffix === undefined) return word;
  const rest = word.slice(0, -suffix.length);
  if (/(at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (endsInDoubleConsonant(rest)) return /[lsz]$/.test(rest) ? rest : rest.slice(0, -1);
  return measure(rest) === 1 && endsShort(rest) ? `${rest}e` : rest;
}

function step1c(word: string): string {
  return applyFirst(word, [["y", "i", (rest) => rest.length > 1 && consonants(rest)[rest.length - 1]]]);
}

function step2(word: string): string {
  if (word.endsWith("alli") && positive(word.slice(0, -4))) return step2(word.slice(0, -2));
  return applyFirst(word, STEP_2);
}

const STEP_2: readonly Rule[] = [
  ["ational", "ate", positive],
  ["tional", "tion", positive],
  ["enci", "ence", positive],
  ["anci", "ance", positive],
  ["izer", "ize", positive],
  ["bli", "ble", positive],
  ["alli", "al", positive],
  ["entli", "ent", positive],
  ["eli", "e", positive],
  ["ousli", "ous", positive],
  ["ization", "ize", positive],
  ["ation", "ate", positive],
  ["ator", "ate", positive],
  ["alism", "al", positive],
  ["iveness", "ive", positive],
  ["fulness", "ful", positive],
  ["ousness", "ous", positive],
  ["aliti", "al", positive],
  ["iviti", "ive", positive],
  ["biliti", "ble", positive],
  ["fulli", "ful", positive],
  ["logi", "log", (rest) => positive(`${rest}l`)],
];

function step3(word: string): string {
  return applyFirst(word, STEP_3);
}

const STEP_3: readonly Rule[] = [
  ["icate", "ic", positive],
  ["ative", "", positive],
  ["alize", "al", positive],
  ["iciti", "ic", positive],
  ["ical", "ic", positive],
  ["ful", "", positive],
  ["ness", "", positive],
];

function step4(word: string): string {
  return applyFirst(word, STEP_4);
}

const ionRule: Rule = ["ion", "", (rest) => aboveOne(rest) && /[st]$/.test(rest)];
const dropAboveOne = (suffix: string): Rule => [suffix, "", aboveOne];
const STEP_4: readonly Rule[] = [
  ...["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"].map(dropAboveOne),
  ionRule,
  ...["ou", "ism", "ate", "iti", "ous", "ive", "ize"].map(dropAboveOne),
];

function step5a(word: string): string {
  if (!word.endsWith("e")) return word;
  const rest = word.slice(0, -1);
  const m = measure(rest);
  return m > 1 || (m === 1 && !endsShort(rest)) ? rest : word;
}

function step5b(word: string): string {
  return word.endsWith("ll") && aboveOne(word.slice(0, -1)) ? word.slice(0, -1) : word;
}
