/** Whether a reply says yes or no. */

/** Whether a reply agrees, declines or leaves it open. */
export type Stance = "yes" | "no" | "open";

const NO =
  /\b(?:unfortunately|afraid|regret|can't|cannot|won't|will not|unable|not able|not available|not possible|decline|pass on|have to miss|must decline|no longer|not (?:this|be able|work|going)|doesn't work|does not work|leider|nicht moglich|malheureusement|ne (?:peux|pourrai|pouvons)|lamentablemente|no (?:puedo|podre|podemos)|purtroppo|non (?:posso|potro|riesco)|infelizmente|nao (?:posso|podemos|consigo)|helaas|lukt (?:me )?niet)\b/;
const YES =
  /\b(?:yes|sure|certainly|absolutely|of course|happy to|glad to|works (?:well |fine |perfectly )?for|that works|sounds (?:good|great)|i(?:'ll| will) be there|i can|we can|look(?:ing)? forward|count me in|confirm|gladly|delighted|with pleasure|ja|gerne?|passt|oui|avec plaisir|volontiers|d'accord|si,|claro|perfecto|me viene bien|va bene|volentieri|certo|sim|com prazer|claro|prima|graag|akkoord)\b/;

/** The reply without marks above letters, invisible characters and typographic apostrophes, in lower case. */
function plain(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[\p{M}\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]/gu, "")
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/\s+/g, " ");
}

/** The stance of a reply, by its words. */
export function stanceOf(reply: string): Stance {
  const text = plain(reply);
  if (NO.test(text)) return "no";
  return YES.test(text) ? "yes" : "open";
}
