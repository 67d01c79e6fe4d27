/**
 * The language of a text by its most frequent words, for the languages that the assistant has phrases for and their neighbours. eld, which
 * the rest of the house uses, would more than double the app: its smallest set of n-grams is 950 KB.
 */
const FREQUENT: Readonly<Record<string, string>> = {
  en: "the of and to in is you that it for on are with as your be at have this will can we our from not please would could let me know an if do was about",
  de: "der die das und zu in den von ist nicht mit dem sie ein eine auf für sich wir ich es im bitte uns auch als haben wird an oder noch bei können kann um wie ihre zum zur am aus nach",
  fr: "le la les de des et un une est vous que pour dans nous sur avec pas au ce qui je votre par il plus merci bonjour être du notre si à",
  es: "el la los las de y que en un una es por con para no se su lo del al como le más gracias hola nos está si pero usted",
  it: "il la le di e che un una per non con sono del della si in da come mi grazie ciao al nel è gli ci ho lei questo",
  nl: "de het een en van in is dat op te niet voor met zijn aan u je we ik wij ons er ook maar naar om bij kunnen uw dit graag",
  pt: "o os as de e que em um uma para com não se do da por mais na no obrigado você nos ao seu sua é são está",
  pl: "i w na nie się z do to że jest jak o czy za od po dla są proszę dziękuję w we już tak przez możemy",
  sv: "och att det som en på är av för med den till inte har vi jag ett om du kan från tack hej er oss",
  da: "og at det er en til på som med for den ikke af de vi jeg et har kan tak hej om du os vil",
};

const WORDS = new Map<string, string[]>();
for (const [language, words] of Object.entries(FREQUENT)) {
  for (const word of words.split(" ")) WORDS.set(word, [...(WORDS.get(word) ?? []), language]);
}

/** Looks at no more than the beginning of a text. */
const MOST_CHARACTERS = 2000;
/** Fewer hits say too little. */
const LEAST_HITS = 2;

/** An ISO 639-1 code; null where the text is too short, or two languages fit it alike. */
export function tellLanguage(text: string): string | null {
  const hits = new Map<string, number>();
  for (const word of text
    .slice(0, MOST_CHARACTERS)
    .toLowerCase()
    .match(/\p{L}+/gu) ?? []) {
    const languages = WORDS.get(word) ?? [];
    for (const language of languages) hits.set(language, (hits.get(language) ?? 0) + 1 / languages.length);
  }
  const [best, second] = [...hits].sort(([, a], [, b]) => b - a);
  if (best === undefined || best[1] < LEAST_HITS || best[1] === second?.[1]) return null;
  return best[0];
}
