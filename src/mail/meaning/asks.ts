/** What a mail wants from its reader: requests, questions, proposals of a time. One sentence at a time, by patterns. */
import { findTimes } from "./details.ts";
import { BASE_VERBS } from "./lexicon.ts";

/** The kinds that are answered in different ways. */
export type AskKind =
  | "time" //        a meeting time is proposed or asked for
  | "attend" //      will you come?
  | "request" //     please do something; `text` is the verb phrase
  | "permission" //  may I?; `text` is the verb phrase
  | "shall" //       should I?; `text` is the verb phrase
  | "need" //        do you need something?; `text` is the thing
  | "offer" //       would you like, are you interested?; `text` is the thing or verb phrase
  | "agree" //       is that all right?
  | "objection" //   any questions or objections?
  | "opinion" //     what do you think?; `text` is the thing, or ""
  | "choice" //      which one would you take?
  | "question"; //   anything else that ends in a question mark

/** One thing that is wanted. */
export interface Ask {
  readonly kind: AskKind;
  /** The words that the answer is made of, from the sender's point of view. */
  readonly text: string;
  /** Proposed times, for "time". */
  readonly times: readonly string[];
  readonly sentence: string;
}

const MAX_ASKS = 3;

/** The asks of a mail in order, at most three; courtesies such as "please call if you have questions" are none. */
export function findAsks(sentences: readonly string[]): Ask[] {
  const asks: Ask[] = [];
  for (const [index, raw] of sentences.entries()) {
    const sentence = raw.replace(CONNECTOR, "").trim();
    if (sentence.length > 400 || isCourtesy(sentence)) continue;
    const ask = readAsk(sentence, sentences[index - 1] ?? "");
    if (ask && !asks.some((other) => isSame(other, ask))) asks.push(ask);
  }
  return asks.slice(0, MAX_ASKS);
}

const CONNECTOR =
  /^(?:(?:also|and|besides|in addition|finally|one more thing|one more question|and one more question|another point|oh|ok so|so|well|anyway|but|by the way|if you get a minute|before i forget|or)[,:]? )+/i;

const COURTESIES = [
  /^(?:many )?thank(?:s| you)\b/i,
  /\b(?:do not|don't) hesitate\b|\bfeel free to (?:call|contact|ask|reach|write)\b|\blook(?:ing)? forward\b/i,
  /\bif (?:you have|there are) (?:any )?(?:further |more )?(?:questions|concerns)|\bshould you (?:have|need)\b|\bif anything is unclear|\bif you need (?:more|anything|any)|\bif there is a problem\b/i,
  /^(?:please )?(?:excuse|ignore|forgive|note|see|find|be (?:careful|aware)|accept (?:my|our) apolog|just ignore|take your time)\b/i,
  /^(?:just )?(?:please )?(?:call|ring|tell|let) (?:me|us)(?: know)?[.!]?$/i,
  /^(?:just )?(?:call|write to|ask) (?:me|us|\p{Lu}\p{L}+)(?: if|[.!]?$| or )/iu,
  /\bwould you mind helping\b|^(?:did you (?:get|receive)|have you (?:seen|received|got)) my (?:mail|message|last)\b/i,
  /^how (?:are you|are things|was the weekend|did it go)/i,
  /^(?:did you (?:see|survive|watch)|are you back from|guess who|can you believe|how was|what a (?:week|lovely))/i,
  /^(?:are you sure|who told you|remember me)\?$/i,
  /^i hope|^we hope|^hope|\bcan you (?:believe|imagine)\b|^you can imagine/i,
  /^(?:if|should|in case) (?:your plans|anything|something|you|there|it|i)\b.{0,60}(?:please|just) (?:call|write|ring|get in touch|contact|ignore|propose|suggest|ask|let)\b/i,
  /^(?:did|do) you (?:ever|still) (?:hear|see)|^have you (?:ever )?heard (?:again )?from|^did you know/i,
];

function isCourtesy(sentence: string): boolean {
  return COURTESIES.some((pattern) => pattern.test(sentence));
}

/** Wordings that turn the verb phrase behind them into a request. */
const REQUEST_LEADS = [
  /^(?:.{0,80}[,;:–-] )?(?:could|can|would|will(?= you please)) you (?:please |kindly |maybe |perhaps |possibly |also |then |just |quickly )*(?:be able to |be so kind as to |be willing to |kindly |please )?/i,
  /^(?:.{0,80}[,;:–-] )?(?:i|we) (?:would|'d|will) (?:really |greatly |much )?(?:be (?:very |most )?(?:grateful|glad|happy|thankful)|appreciate it) if you (?:could|would|can) (?:please )?/i,
  /^(?:.{0,80}[,;:–-] )?(?:it )?would (?:be (?:very |really )?(?:great|helpful|nice|good|kind|wonderful|lovely)|help (?:me|us)(?: a lot)?) if you (?:could|would|can) (?:please )?/i,
  /^(?:i|we) (?:would|'d) like to ask you to /i,
  /^(?:may|can|could) i ask you to /i,
  /^(?:i|we)(?: must| have to)? (?:kindly |hereby )?(?:ask|beg|urge|request) you to /i,
  /^(?:i|we) need you to /i,
  /^(?:would|is) it (?:be )?possible for you to /i,
  /^(?:is there )?any chance (?:that )?you could /i,
  /^do you think (?:that )?you could /i,
  /^(?:.{0,80}[,;:–-] )?please (?:do |also |kindly |just )?/i,
];

function readAsk(sentence: string, before: string): Ask | null {
  const isQuestion = sentence.endsWith("?");
  const make = (kind: AskKind, text = "", times: readonly string[] = []): Ask => ({
    kind,
    text: trimAsk(text),
    times,
    sentence,
  });

  const time =
    isQuestion || /^(?:please )?(?:tell|let) (?:me|us)|suggest|propose|available/i.test(sentence)
      ? readTimeAsk(sentence, before, make)
      : null;
  if (time) return time;
  const sendIt =
    /^do you (?:still )?have (.{4,60}?)(?: at hand| somewhere)?, and (?:could|can) you (send|forward|share|give) it to (me|us)\?$/i.exec(
      sentence,
    );
  if (sendIt) return make("request", `${sendIt[2]} ${sendIt[3]} ${sendIt[1]}`);
  const news = /\bhow (?:did|is|was) ((?:the|your|our) .{3,40}?) (?:go|going|coming along)\b.{0,20}\?$/i.exec(sentence);
  if (news) return make("request", `send me an update on ${news[1]}`);
  if (isQuestion) {
    const question = readQuestion(sentence, make);
    if (question) return question;
  }
  for (const lead of REQUEST_LEADS) {
    const match = lead.exec(sentence);
    if (!match || match[0].length > 110) continue;
    const phrase = sentence.slice(match[0].length);
    const verb = /^[a-z]+/i.exec(phrase)?.[0].toLowerCase() ?? "";
    if (BASE_VERBS.has(verb)) return readRequest(phrase, make);
  }
  if (isQuestion) return isRhetorical(sentence) ? null : make("question", sentence);
  return readStatement(sentence, make);
}

type Make = (kind: AskKind, text?: string, times?: readonly string[]) => Ask;

const TIME_CLUE =
  /\b(?:works?|suits?|free|available|convenient|have time|spare|how about|what about|meet|talk|move|shift|try|say|slot|better|possible|an option|come on|find a new date|half an hour|twenty minutes|fifteen minutes|an hour)\b/i;

function readTimeAsk(sentence: string, before: string, make: Make): Ask | null {
  const times = findTimes(sentence).filter(isConcrete);
  if (
    /\bpossible for you to (?!meet|come|join|talk)|\bask you to (?!meet|come|join|talk|suggest|propose)/i.test(sentence)
  )
    return null;
  if (
    /^(?:could|can|would|will) you (?:please |maybe |kindly )?(?!meet|come|join|do\b|make|talk|spare|be\b|have time|also be)/i.test(
      sentence,
    )
  )
    return null;
  if (/^would an? (?:\w+ )?call\b.{0,40}(?:help|better)/i.test(sentence)) return make("time", "", times.slice(0, 2));
  const isQuestion = sentence.endsWith("?");
  if (
    /^(?:does|would|is) (?:that|this|it) (?:work|suit|be (?:fine|all right|ok)|all right|ok|fine)\b/i.test(sentence) ||
    /^(?:is|does) that\b.{0,30}$/i.test(sentence)
  ) {
    const proposed = findTimes(before).filter(isConcrete);
    if (/suggest|propos|how about|what about/i.test(before) && proposed.length > 0)
      return make("time", "", proposed.slice(0, 2));
    return make("agree");
  }
  if (/\b(?:suggest|propose)\b.{0,40}\b(?:time|date|slot|day)s?\b/i.test(sentence)) return make("time", "suggest");
  if (
    isQuestion &&
    times.length > 0 &&
    TIME_CLUE.test(sentence) &&
    !/\b(?:anything|something|someone|somebody|send|submit|deliver|register|order|sign|pay|fix|finished|invite you|open)\b/i.test(
      sentence,
    )
  ) {
    return make("time", /\bor\b|which/i.test(sentence) && times.length > 1 ? "choose" : "", times.slice(0, 2));
  }
  const asksWhen =
    /\bwhen (?:would|are|could|is|else)\b.{0,30}\b(?:suit|free|available|good time|meet|talk|convenient)\b|\bwhen you are (?:free|available)|\bwhich (?:other |of these )?(?:times?|days?|slots?)\b.{0,40}\b(?:suit|convenient|work)|\bwhat time would suit|\bdo you have time\?|\bwhat time are you free/i;
  if (asksWhen.test(sentence)) return make("time", "", times.slice(0, 2));
  if (/^(?:would|do) you have (?:time|(?:half an|an) hour|\w+ minutes)\b/i.test(sentence))
    return make("time", "", times.slice(0, 2));
  return null;
}

/** A weekday, a date or a clock time, not "next week". */
function isConcrete(when: string): boolean {
  return /\d|day\b|tomorrow|noon/i.test(when) && !/^(?:today|this day)$/i.test(when);
}

function readQuestion(sentence: string, make: Make): Ask | null {
  const question = sentence.replace(/(?<![?\s])[?\s]+$/, "");
  let match: RegExpExecArray | null;
  const is = (pattern: RegExp): boolean => {
    match = pattern.exec(question);
    return match !== null;
  };
  const rest = () => question.slice(match!.index + match![0].length);

  if (
    is(
      /^(?:will|can|could|would|are) you (?:still )?(?:be )?(?:able to |going to )?(?:join(?:ing)?(?: us)?|come(?: along)?|coming|attend|make it|in|take part|be there|able to come)\b.{0,40}$/i,
    )
  )
    return make("attend", question);
  if (is(/^(?:would you like to|do you want to) (?:join|come|attend|take part|be there)\b.{0,60}$/i))
    return make("attend", question);
  if (is(/^(?:can|may) (?:i|we) (?:count (?:on )?you(?: in)?|expect you|put your name)\b.{0,30}$/i))
    return make("attend", question);
  if (is(/^(?:are there |do you have |have you got )?any (?:questions|objections|concerns)\b.{0,40}$/i))
    return make("objection");
  if (
    is(
      /^(?:what (?:do|would) you think(?: of| about)?|what (?:is|'s) your (?:opinion|view|experience)(?: on| of)?|how do you like) ?/i,
    )
  )
    return make("opinion", rest());
  if (
    is(
      /^(?:what would you (?:do|say)|do you have (?:any )?(?:advice|a tip|an idea)|have you got (?:any )?(?:advice|a tip|an idea))\b/i,
    )
  )
    return make("choice", "advice");
  if (
    is(
      /^(?:which|what|whom|who) [\w' -]{0,40}\b(?:would you (?:recommend|choose|prefer)|do you (?:prefer|recommend|like better))/i,
    )
  )
    return make("choice", "");
  if (is(/^(?:can|could|would) you recommend /i)) return make("choice", rest());
  if (is(/^(?:do|would) you (?:need|require|want us to) (?!to\b)/i)) return make("need", rest());
  if (
    is(
      /^(?:would you like|do you want|would you be interested in|are you interested in|are you interested|would you be willing to|are you willing to|would you like to) ?/i,
    )
  )
    return make("offer", rest());
  if (is(/^(?:should|shall) (?:i|we) /i)) return make("shall", rest());
  if (is(/^(?:do (?:we|i) have|may i have|can i have) your (?:approval|ok|go-ahead)/i))
    return make("permission", "go ahead");
  if (is(/^(?:may|can|could) (?:i|we) (?!ask you to)/i)) return make("permission", rest());
  if (is(/^(?:is (?:that|this|it)|would (?:that|this|it) be) (?:all right|ok|okay|fine)\b/i)) return make("agree");
  return null;
}

function readRequest(phrase: string, make: Make): Ask {
  if (/^(?:come|join us|attend)\b.{0,40}$/i.test(phrase)) return make("attend", phrase);
  if (/^(?:send|give|tell) (?:me|us) (?:your )?(?:thoughts|opinion)\b|^tell (?:me|us) what you think/i.test(phrase))
    return make("opinion", "");
  if (/^recommend /i.test(phrase)) return make("choice", phrase.slice(10));
  return make("request", phrase);
}

function readStatement(sentence: string, make: Make): Ask | null {
  const wish = /^(?:i|we) (?:would like|want|'d like) (?!to )(.+)$/i.exec(sentence);
  if (wish && /refund|money back|replacement|new one|quote|offer|copy|answer|appointment|voucher/i.test(wish[1]))
    return make("request", `arrange ${wish[1]}`);
  const know = /^(?:i|we) (?:would|'d) (?:also )?like to know (.+)$/i.exec(sentence);
  if (know) return make("request", `let me know ${know[1]}`);
  const bare =
    /^(?:let (?:me|us) (?:know|have)|tell|send|give|bring|keep|forward|show|call|remind|confirm|share|check|help|take|read|cancel|change|reset|fix)\b/i;
  if (bare.test(sentence) && /,? please[.!]$|\b(?:me|us)\b/i.test(sentence))
    return make("request", sentence.charAt(0).toLowerCase() + sentence.slice(1));
  return null;
}

function isRhetorical(sentence: string): boolean {
  const words = sentence.split(" ");
  return words.length < 3 || /\b(?:who knows|you know what|isn't it|don't you think|right)\?$/i.test(sentence);
}

function trimAsk(text: string): string {
  return text
    .replace(/(?<![?!.\s])[?!.\s]+$/, "")
    .replace(/,? please$/i, "")
    .replace(/^please /i, "")
    .trim();
}

function isSame(a: Ask, b: Ask): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "time" || a.kind === "attend" || a.kind === "agree" || a.kind === "opinion") return true;
  return a.text.toLowerCase() === b.text.toLowerCase();
}
