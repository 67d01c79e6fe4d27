/** The part of this room that runs in a browser too: what a mail says and wants, and whether a person is to answer it; no parsing of raw messages. */
export { splitQuotes } from "./clean/quotes.ts";
export { type Email, type Person, renderEmail } from "./email.ts";
export { type Automated, type AutomatedKind, detectAutomated } from "./filter/automated.ts";
export { loadLanguageDetector } from "./filter/language.ts";
export { type MailSigns, NO_SIGNS } from "./filter/signs.ts";
export type { Ask, AskKind } from "./meaning/asks.ts";
export { BASE_VERBS } from "./meaning/lexicon.ts";
export { dropOrders } from "./meaning/orders.ts";
export { indirectQuestion, mirror } from "./meaning/phrases.ts";
export type { Formality } from "./meaning/sender.ts";
export { splitReply, splitSentences } from "./meaning/sentences.ts";
export { type Stance, stanceOf } from "./meaning/stance.ts";
export {
  checkSteering,
  holdsWords,
  type Obeyed,
  readSteering,
  type SteeringWishes,
  type Wish,
} from "./meaning/steering-line.ts";
export { contentWords, type Understanding, understandEmail } from "./meaning/understand.ts";
export { addSteering, takeSteering } from "./steering.ts";
export { tidyLines } from "./text.ts";
