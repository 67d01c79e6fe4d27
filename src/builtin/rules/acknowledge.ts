/** The first clause of a reply: it shows that the mail was read. In lower case, as it follows "Hi Maria,". */

import type { Understanding } from "../../mail/index.ts";
import { findCodes, mirror, nounPhraseAfter, takeNounPhrase } from "../../mail/index.ts";

/** An acknowledgement that fits the reason of the mail. `answers` is what the reply goes on to say, so that little is said twice. */
export function acknowledge(mail: Understanding, answers: string): string {
  const { intent, formality, topic } = mail;
  const thanks = formality === "casual" ? "thanks" : "thank you";
  const code = mail.details.codes[0];
  const text = `${mail.subject}. ${mail.body}`;
  const about = topic && !saysAlready(answers, topic) ? ` about ${topic}` : "";
  const find = (lead: RegExp, words?: number) => side(nounPhraseAfter(text, lead, words));

  switch (intent) {
    case "meeting":
      return about ? `${thanks} for suggesting a meeting${about}` : `${thanks} for suggesting a meeting`;
    case "reschedule": {
      const day = /\bon ((?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b/.exec(mail.body)?.[1];
      const what = /\b(meeting|call|appointment|review)\b/i.exec(text)?.[1].toLowerCase() ?? "meeting";
      return `${thanks} for letting me know about the change to our ${what}${day && !answers.includes(day) ? ` on ${day}` : ""}`;
    }
    case "interview": {
      const role = roleIn(
        find(/\b(?:position of|position as|role of|application as|position for|application for) /i, 7),
      );
      return `${thanks} for the invitation to the interview${role ? ` for the position of ${role}` : ""}`;
    }
    case "application": {
      const role = find(
        /\b(?:position of|application as|apply as|application:|you are looking for|is looking for|needs|advert for|you as|join you as|in the position as|internship as) (?:an? )?/i,
        4,
      );
      return `${thanks} for your ${/internship/i.test(mail.subject) && !role ? "interest in an internship" : `application${role ? ` for the position of ${role}` : ""}`}`;
    }
    case "event": {
      const event =
        find(
          /\b(?:invite you to|invitation to|invited to|join us at|registration is open for|available for|left for|speak at|give a talk at|organised|preparing|hosts|is hosting|is organising|this year,|every year,) (?=the |our )/i,
        ) || topic;
      return `${thanks} for the invitation${event ? ` to ${event}` : ""}`;
    }
    case "social": {
      const occasion = OCCASION.exec(text)?.[0].toLowerCase();
      return `${thanks} for the invitation${occasion ? ` to ${occasion.replace(/^my /, "your ")}` : ""}`;
    }
    case "reminder":
      return `${thanks} for the reminder${about || " about the event"}`;
    case "training": {
      const course = /\b((?:[\w-]{1,30} ){1,2}(?:course|training|workshop))\b/.exec(
        mail.body.replace(/\b(?:the|an?|next|to|for|of|that|like)\b|'s/gi, "|"),
      )?.[1];
      return `${thanks} for the information about the ${course?.trim() ?? "course"}`;
    }
    case "survey": {
      const survey = /\b((?:[a-z]+ ){1,2}survey)\b/.exec(
        mail.body.replace(/\b(?:our|an?|the|my|your|to|for|running|started)\b/gi, "|"),
      )?.[1];
      return `${thanks} for the invitation to the ${survey ?? "survey"}`;
    }
    case "contract":
    case "feedback":
      return topic && !saysAlready(answers, topic) ? `${thanks} for sending ${topic}` : `${thanks} for your message`;
    case "approval":
      return `${thanks} for your request${about}`;
    case "quote": {
      const goods = find(
        /\b(?:quote for|offer for|price for|interested in|looking for|planning to buy|need|want to replace|about to order|book) (?=\d+ |an? )/i,
        4,
      );
      return goods && !saysAlready(answers, goods)
        ? `${thanks} for your interest in ${goods.replace(/^an? /, "the ")}`
        : `${thanks} for your enquiry`;
    }
    case "question":
      return about ? `${thanks} for your question${about}` : `${thanks} for your question`;
    case "late":
      return `I am sorry that ${code ? `order ${code}` : "your order"} has not arrived yet`;
    case "faulty": {
      const product = faultyProduct(mail) || topic;
      return `I am sorry to hear about the problem with ${product || "your order"}`;
    }
    case "support":
    case "access":
      return intent === "support"
        ? `I am sorry to hear about the problem with ${systemOf(mail) || "the system"}`
        : `${thanks} for your message${saysAlready(answers, systemOf(mail)) ? "" : ` about ${systemOf(mail) || "your access"}`}`;
    case "repair": {
      const address = /\bat (\d+ [\p{Lu}][\w ]{3,30}(?:, \p{Lu}[\p{L} ]+?)?)(?=[,.]| the | there | since |$)/u.exec(
        mail.body,
      )?.[1];
      return `I am sorry to hear about the problem ${address ? `at ${address}` : "in the flat"}`;
    }
    case "invoice":
      return `${thanks} for ${invoiceOf(text) ? `invoice ${invoiceOf(text)}` : "your invoice"}${mail.details.amounts[0] && !answers.includes(mail.details.amounts[0]) ? ` over ${mail.details.amounts[0]}` : ""}`;
    case "overdue":
      return `${thanks} for the reminder about ${invoiceOf(text) ? `invoice ${invoiceOf(text)}` : "the invoice"}, and I apologise for the delay`;
    case "orderChange":
      return `${thanks} for letting me know about the change to ${code ? `order ${code}` : "your order"}`;
    case "booking":
      return code && /booking|reservation/i.test(mail.body)
        ? `${thanks} for confirming booking ${code}`
        : `${thanks} for confirming the booking`;
    case "proposal":
      return `${thanks} for your proposal`;
    case "mistake": {
      const where = find(/\b(?:mistake in|error in|details in|thanks for|thank you for|checking|in) (?=the )/i);
      return `${thanks} for pointing out the mistake${where ? ` in ${where}` : ""}`;
    }
    case "followUp":
      return about
        ? `${thanks} for following up on ${topic}, and I apologise for the delay`
        : `${thanks} for following up, and I apologise for the delay`;
    case "statusRequest":
      return about ? `${thanks} for asking${about}` : `${thanks} for your message`;
    case "statusReport":
      return `${thanks} for the update${topic ? ` on ${topic}` : ""}`;
    case "handover":
      return `${thanks} for the information about ${dutyOf(mail) || "the handover"}`;
    case "absence":
      return ILLNESS.test(mail.body)
        ? `${thanks} for letting me know, and I hope that things get better soon`
        : `${thanks} for letting me know about your absence`;
    case "travel": {
      const city = /\b(?:to|in|for) (?:our )?(\p{Lu}[\p{L}]+(?: \p{Lu}[\p{L}]+)?)(?= office|[,.: ]|$)/u.exec(
        `${mail.subject.replace(/^(\p{Lu}[\p{L} ]+), .*$/u, "to $1")}. ${mail.body}`,
      )?.[1];
      return `${thanks} for the travel details${city ? ` for ${city}` : ""}`;
    }
    case "notice":
      return `${thanks} for informing me about the change${changeDate(mail)}`;
    case "apology":
      return `${thanks} for your apology, and please do not worry`;
    case "introduction": {
      const person = personIn(mail);
      return person ? `${thanks} for introducing ${person}` : `${thanks} for the introduction`;
    }
    case "thanks":
      return about && !topic.startsWith('"')
        ? `${thanks} for your kind message${about}`
        : `${thanks} for your kind message`;
    case "congratulation": {
      const found =
        /\b(?:congratulations on|congratulates you on|read about|hear about|heard about|told me about) ((?:your|the|winning|finishing|passing|ten) .{4,70}?)(?=[!;.,]| and )/i.exec(
          mail.body,
        );
      const reason = found ? mirror(found[1]) : "";
      return `${thanks} for your kind words${reason ? ` about ${reason}` : ""}`;
    }
    case "volunteer": {
      const cause =
        find(
          /\b(?:for|at|, |support|help) (?=the (?:food|animal|school|river|youth|neighbourhood|refugee|children|mountain|community|senior|music|repair))/i,
          4,
        ) || topic;
      return `${thanks} for telling me about ${cause || "this"}`;
    }
    case "lost": {
      const thing = side(nounPhraseAfter(mail.body, /\b(?=my \w+)/i, 4));
      return `${thanks} for your message about ${thing || "the lost item"}`;
    }
    case "reference":
      return /for my application|applying|course|new job|my contract|recommendation for|scholarship/i.test(text)
        ? `${thanks} for asking me for a reference`
        : `${thanks} for your message`;
    case "advice":
      return `${thanks} for asking for my advice`;
    case "farewell":
      return `${thanks} for letting me know, and I wish you all the best for the future`;
    case "answer":
      return about ? `${thanks} for getting back to me${about}` : `${thanks} for getting back to me`;
    case "recommendation":
      return `${thanks} for asking me`;
    case "document":
    case "general":
      return `${thanks} for your message${about}`;
    default:
      return intent satisfies never;
  }
}

/** What follows where a mail asks nothing, or one thing only: a sentence without its full stop, or "" for none. */
export function courtesyFor(mail: Understanding, hasAnswers: boolean): string {
  const { intent, formality } = mail;
  switch (intent) {
    case "late":
    case "faulty":
    case "support":
    case "repair":
      return hasAnswers ? "I apologise for the inconvenience" : "I will look into it and get back to you by [date]";
    case "thanks":
      return hasAnswers ? "" : "I am glad to hear that, and it was a pleasure to help";
    case "congratulation":
      return hasAnswers ? "" : "I appreciate it very much and look forward to celebrating together";
    case "apology":
      return hasAnswers ? "" : "I appreciate your message, and there is nothing more you need to do";
    case "statusReport":
    case "notice":
    case "reminder":
      return hasAnswers ? "" : "I have noted the details and will let you know if I have any questions";
    case "introduction":
      return hasAnswers ? "" : "I look forward to working together";
    case "farewell":
      return hasAnswers ? "" : "It was a pleasure to work with you, and I hope that we stay in touch";
    case "absence":
      return hasAnswers ? "" : "We will manage until you are back";
    case "answer":
      return hasAnswers ? "" : answerToReply(mail);
    default:
      if (hasAnswers) return formality === "formal" ? "Please let me know if you need anything else" : "";
      return "I will look into it and get back to you by [date]";
  }
}

/** A person wrote back and asks nothing: agree, understand, or take note, by the sound of it. */
function answerToReply(mail: Understanding): string {
  if (REGRET.test(mail.body)) return "I understand, and I appreciate that you told me";
  if (/\bthank/i.test(mail.body.slice(40)) || PRAISE.test(mail.body)) return "I am glad to hear that";
  const when = mail.details.times.find((time) => /day\b|\d/.test(time));
  return when
    ? `I have noted ${when} and will let you know if anything changes`
    : "I will take this into account and let you know if I have any questions";
}

const REGRET =
  /\b(?:sorry|unfortunately|sadly|afraid|pity|too late|can't|cannot|won't|not possible|no chance|shame|argh|oh no)\b/i;
const PRAISE = /\b(?:great|love|lovely|perfect|wonderful|happy|glad|fun|fine|good|nice|well done)\b/i;
const OCCASION =
  /\b(?:dinner|lunch|brunch|a barbecue|a picnic|coffee|a film night|a board game evening|a housewarming|my birthday party|a concert|a hike|a bike tour|a wine tasting|a small garden party|a quiz night|a jam session|a football match|a cooking evening|a boat trip|a party)\b/i;
const ILLNESS = /\bill\b|cold\b|fever|flu\b|dentist|migraine|stomach|back at|ankle|emergency|sick/i;

function side(phrase: string): string {
  return phrase === "" ? "" : mirror(phrase.replace(/^(?:The|Our|Your|My|An?|This)\b/, (word) => word.toLowerCase()));
}

/** "graphic designer at Bluefield" -> "graphic designer". */
function roleIn(phrase: string): string {
  return phrase
    .replace(/(?<!.).*$/, (line) => line.replace(/ (?:at|in|with|for|from) .*/, ""))
    .replace(/^(?:the )?position of /, "");
}

function saysAlready(answers: string, topic: string): boolean {
  const core = topic
    .replace(/^(?:the|your|my|our|an?|"|this) ?/, "")
    .replace(/"$/, "")
    .toLowerCase();
  return core !== "" && answers.toLowerCase().includes(core);
}

/** The thing with the fault: a noun phrase that shares a word with the subject. */
function faultyProduct(mail: Understanding): string {
  const wanted = new Set(mail.subject.toLowerCase().match(/[\p{L}-]{3,}/gu) ?? []);
  for (const match of mail.body.matchAll(/\b(?:the|our new|our|my|an?|\d+) (?=[\p{L}\d'-]+)/giu)) {
    const phrase = takeNounPhrase(mail.body.slice(match.index), 5);
    const words = phrase.toLowerCase().split(" ").slice(1);
    if (/\b(?:order|complaint|return|replacement|problem)\b/i.test(phrase)) continue;
    if (words.some((word) => wanted.has(word) || wanted.has(word.replace(/s$/, ""))))
      return side(phrase).replace(/^(?:an?|\d+) /, "the ");
  }
  return "";
}

function systemOf(mail: Understanding): string {
  const match =
    /\bthe (?:[\w-]+ ){0,2}(?:portal|system|drive|tool|vpn|board|intranet|library|server|archive|dashboard|platform|shop|website|app|printer|list)\b/i.exec(
      mail.body,
    );
  return match ? match[0].replace(/^The/, "the") : mail.topic;
}

function dutyOf(mail: Understanding): string {
  const found = nounPhraseAfter(
    mail.body,
    /\b(?:take over|look after|cover|everything about|to know about|taking over) (?=the )/i,
  );
  return found ? side(found) : mail.topic;
}

/** " from 1 June", where the mail says from when. */
function changeDate(mail: Understanding): string {
  const when = mail.details.times.find((time) => /\d|day\b/.test(time) && time !== "today" && time !== mail.deadline);
  return when ? ` from ${when}` : "";
}

const NOT_A_NAME =
  /^(?:From|On|In|At|As|Of|After|My|Our|The|Dear|Today|Let|You|We|I|For|With|Introducing|Introduction|Meet|Monday|Tuesday|Wednesday|Thursday|Friday|January|February|March|April|May|June|July|August|September|October|November|December)$/;

/** The first pair of capitalised words that can be a person; the subject is asked first. */
function personIn(mail: Understanding): string {
  const pairs = `${mail.subject}. ${mail.body}`.matchAll(/(?=(?:^|[ :,])(\p{Lu}[\p{L}'-]+) (\p{Lu}[\p{L}'-]+))/gu);
  for (const [, first, last] of pairs) if (!NOT_A_NAME.test(first) && !NOT_A_NAME.test(last)) return `${first} ${last}`;
  return "";
}

function invoiceOf(text: string): string {
  return /\binvoice ([A-Z]{0,4}-?\d[\d-]{3,11})/i.exec(text)?.[1] ?? findCodes(text)[0] ?? "";
}
