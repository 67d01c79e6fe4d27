/** One answering sentence for each ask, made of the mail's own words. What only the owner knows stays in brackets. */
import type { Ask, Understanding } from "../../mail/index.ts";
import { BASE_VERBS, DEADLINE_TAIL, findTimes, indirectQuestion, mirror } from "../../mail/index.ts";
import { capital } from "./wording.ts";

const MAX_PHRASE_WORDS = 22;

/** The answer as a sentence without its full stop, beginning with a capital letter. */
export function answerAsk(ask: Ask, mail: Understanding): string {
  switch (ask.kind) {
    case "time":
      return answerTime(ask, mail);
    case "attend":
      return answerAttend(ask, mail);
    case "request":
      return answerRequest(ask.text, mail);
    case "permission":
      return answerPermission(ask.text, mail);
    case "shall":
      return /\b(?:instead|else)\b/.test(ask.text)
        ? `There is no need to ${mirrored(ask.text, mail)}`
        : `Yes, please ${mirrored(ask.text, mail)}`;
    case "need":
      return `I will let you know if I need ${mirrored(ask.text, mail).replace(/^(?:any|an?) (?=\w)/, (word) => word)}`;
    case "offer":
      return answerOffer(ask.text, mail);
    case "agree":
      return isDecision(mail) ? `I will review this and let you know ${until(mail)}` : "That works well for me";
    case "objection":
      return "I have no questions at the moment";
    case "opinion":
      return answerOpinion(ask.text, mail);
    case "choice":
      return ask.text === "advice"
        ? "My advice would be [specific detail]"
        : ask.text
          ? `I can recommend [name]`
          : "I would recommend [specific detail]";
    case "question":
      return answerQuestion(ask.text, mail);
    default:
      return ask.kind satisfies never;
  }
}

/** "by Friday" where the mail gives a limit, else a place for the owner to fill. */
function until(mail: Understanding): string {
  const { deadline } = mail;
  return deadline ? `by ${deadline}` : "by [date]";
}

function answerTime(ask: Ask, mail: Understanding): string {
  const [first, second] = ask.times;
  if (ask.text === "suggest") return "Could we meet on [date] at [time] instead?";
  if (first === undefined && (mail.intent === "social" || mail.intent === "event")) return answerAttend(ask, mail);
  if (first === undefined)
    return mail.intent === "reschedule"
      ? "I would be available on [date] at [time] instead"
      : "I am available on [date] at [time]";
  if (second !== undefined)
    return mail.formality === "formal" ? `I would prefer ${first}` : `${capital(first)} suits me best`;
  if (/^are you|^do you have|^would you have/i.test(ask.sentence)) return `I am available ${onTime(first)}`;
  return `${capital(first)} works well for me`;
}

function answerAttend(ask: Ask, mail: Understanding): string {
  const when = [...findTimes(ask.sentence), ...mail.details.times].find(
    (time) => /\d|day\b/i.test(time) && time !== mail.deadline,
  );
  const at = when ? ` ${onTime(when)}` : "";
  return mail.formality === "formal" ? `I would be glad to attend${at}` : `I would be happy to join you${at}`;
}

function answerRequest(text: string, mail: Understanding): string {
  const phrase = shorten(text);
  if (/^(?:let|tell|inform) (?:me|us)(?: know)?[.!]?$/i.test(phrase)) return `I will get back to you ${until(mail)}`;
  if (/^(?:tell|let) (?:me|us) (?:know )?(?:when you are (?:free|available)|which (?:times?|days?) suit)/i.test(phrase))
    return "I am available on [date] at [time]";
  if (MONEY.test(phrase)) {
    return `I will check whether we can ${mirrored(phrase.replace(/^arrange (?:my money back|an? refund)/, "refund the amount"), mail)}${ending(phrase, mail)}`;
  }
  const verb = /^[a-z]+/i.exec(phrase)?.[0].toLowerCase() ?? "";
  if (!BASE_VERBS.has(verb)) return `I will take care of this ${until(mail)}`;
  const done = mirrored(phrase, mail)
    .replace(/^tell you (?=if|whether|what|when|how|which|who|where|by)/, "let you know ")
    .replace(/^(?:help|help you)$/, "help you with this")
    .replace(/^(?:tell|assure) you that /, "confirm that ")
    .replace(/^arrange my /, "arrange your ");
  const limit = ending(phrase, mail);
  const clause = /^let (?:you|\w+) know (?=if|whether|what|when|how|which|who|where|at|by)/.exec(done);
  if (clause && limit) return `I will ${clause[0].trimEnd()}${limit} ${done.slice(clause[0].length)}`;
  const isDue = limit !== "" || DEADLINE_TAIL.test(phrase);
  return isDue && !/^(?:let|get back|try)\b/.test(done) ? `I will try to ${done}${limit}` : `I will ${done}${limit}`;
}

/** Requests for money: nobody but the owner says yes to them. */
const MONEY = /\b(?:refund|pay back|money back|credit)\b|^(?:pay|transfer|settle|wire|remit|buy|purchase)\b/i;

/** A limit at the end, where the phrase has none but the mail gives one. */
function ending(phrase: string, mail: Understanding): string {
  const { deadline } = mail;
  if (
    deadline === null ||
    DEADLINE_TAIL.test(phrase) ||
    /\b(?:today|tomorrow|this week|next week|on \w+day|at \d|beforehand|before|after|if|when)\b/i.test(phrase)
  )
    return "";
  return ` by ${deadline}`;
}

const NEEDS_CHECK =
  /^(?:order|return|collect|exchange|cancel|change|add|register|get|claim|pay|take|have|start|work)\b/i;

function answerPermission(text: string, mail: Understanding): string {
  const phrase = mirrored(shorten(text), mail);
  if (phrase === "" || /^go ahead/.test(phrase) || isDecision(mail))
    return `I will review your request and let you know ${until(mail)}`;
  if (NEEDS_CHECK.test(phrase)) return `I will check whether you can ${phrase} and let you know ${until(mail)}`;
  if (/^(?:invite|buy|make up)/.test(phrase)) return "That is very kind of you, and I would be happy to accept";
  if (/^we |^stay in touch|^have lunch|^try again/.test(phrase))
    return `I would be happy to ${phrase.replace(/^we /, "")}`;
  return `Please feel free to ${phrase}`;
}

function answerOffer(text: string, mail: Understanding): string {
  const phrase = mirrored(shorten(text), mail);
  if (phrase === "") return `I am interested and will get back to you ${until(mail)}`;
  const verb = phrase.split(" ")[0];
  if (mail.intent === "proposal") return `I will look at your proposal and let you know ${until(mail)}`;
  if (BASE_VERBS.has(verb)) return `I would be glad to ${phrase}`;
  return /^to /.test(phrase)
    ? `I would be glad ${phrase}`
    : `I am interested in ${phrase} and will get back to you ${until(mail)}`;
}

function answerOpinion(text: string, mail: Understanding): string {
  const thing = mirrored(shorten(text), mail) || mail.topic;
  return thing
    ? `I will look at ${thing} and send you my comments ${until(mail)}`
    : `I will send you my comments ${until(mail)}`;
}

function answerQuestion(question: string, mail: Understanding): string {
  if (/^(?:at what time|when) will you arrive/i.test(question)) return "I will arrive at [time]";
  if (/^(?:who|whom) (?:approves|has to|needs to|should|is the right|would be the right)/i.test(question))
    return "The right person for this is [name]";
  if (/^is there (?:any|some)thing i can do/i.test(question)) return "There is nothing more you need to do";
  const needed = /^(?:when|by when) (?:do|would) you need (.+)$/i.exec(question);
  if (needed) return `I need ${mirrored(needed[1], mail)} by [date]`;
  const indirect = indirectQuestion(question);
  if (indirect === null)
    return mail.topic
      ? `I will get back to you ${until(mail)} on your question about ${mail.topic}`
      : `I will check this and get back to you ${until(mail)}`;
  if (/^(?:whether|what|which|how|when|where)\b(?: \w+)? I (?!can\b|should\b)/.test(indirect))
    return `I will let you know ${until(mail)} ${indirect}`;
  const verb = mail.formality === "casual" ? "find out" : "check";
  return `I will ${verb} ${indirect} and let you know ${until(mail)}`;
}

/** Mails in which a yes would decide about money or leave. */
function isDecision(mail: Understanding): boolean {
  return mail.intent === "approval";
}

/** The words of the sender as the replier says them. To a customer or a stranger, their "we" is "you". */
function mirrored(text: string, mail: Understanding): string {
  const plain = text.replace(/(?<![?!.])[?!.]+$/, "");
  return mirror(OUTSIDE.has(mail.intent) ? plain.replace(/\bwe\b/g, "I") : plain);
}

const OUTSIDE: ReadonlySet<string> = new Set([
  "quote",
  "question",
  "late",
  "faulty",
  "proposal",
  "booking",
  "orderChange",
  "overdue",
  "invoice",
]);

/** Cuts a long phrase at the end of a clause. */
function shorten(text: string): string {
  const words = text.split(/\s+/);
  if (words.length <= MAX_PHRASE_WORDS) return text;
  const head = words.slice(0, MAX_PHRASE_WORDS).join(" ");
  const clause = /^(.{12,}?)(?:[,;:(]| so that | because | since | as )/.exec(head);
  return clause ? clause[1].trim() : head.replace(/\s(?:the|a|an|of|to|and|or|in|on|for|with|that|which)$/i, "");
}

/** "on Friday", "at 10:30", "tomorrow". */
export function onTime(when: string): string {
  return /^(?:tomorrow|today|tonight|next|this|noon|last)/i.test(when)
    ? /^noon/i.test(when)
      ? `at ${when}`
      : when
    : /^\d{1,2}(?:[:.]\d| ?[ap]m)/i.test(when)
      ? `at ${when}`
      : `on ${when}`;
}
