/** A reply that does what the owner's line says: its decision, then what it wants proposed, asked or said. */
import { BASE_VERBS, readSteering, type SteeringWishes, type Understanding } from "../../mail/index.ts";
import { acknowledge } from "./acknowledge.ts";
import { answerAsk, onTime } from "./answers.ts";
import { capital, FILLERS, type Flaw, greetingFor, lowerFirst, sentence } from "./wording.ts";

/** The reply with the given flaws; one that misses an ask, or is generic, does not do what the line says. */
export function composeSteered(mail: Understanding, line: string, flaws: ReadonlySet<Flaw> = new Set()): string {
  const wishes = readSteering(line);
  const isDeaf = flaws.has("missedAsk") || flaws.has("generic");
  const said = isDeaf ? ["I will get back to you soon"] : sayings(mail, wishes);
  const greeting = flaws.has("noGreeting") ? "" : `${greetingFor(mail)} `;
  if (flaws.has("curt")) return sentence(said[0] ?? "Noted");
  const body = wishes.isShort && !isDeaf ? shortBody(said) : wholeBody(mail, said);
  const text = greeting === "" ? capital(body) : `${greeting}${body}`;
  const padded = flaws.has("wordy") ? `${text} ${FILLERS.join(" ")}` : text;
  return flaws.has("subjectLine") ? `Subject: Re: ${mail.subject || "your message"}\n\n${padded}` : padded;
}

/** One sentence: thanks, and the one thing to say. */
function shortBody([first]: readonly string[]): string {
  if (first === undefined) return "thank you for your message.";
  if (first.endsWith("?")) return `thank you, and ${lowerFirst(first)}`;
  return /^(?:Unfortunately|I am sorry)/.test(first)
    ? `thank you, but ${lowerFirst(first).replace(/^I am sorry, but /, "")}.`
    : `thank you, and ${lowerFirst(first)}.`;
}

function wholeBody(mail: Understanding, said: readonly string[]): string {
  const opening = acknowledge(mail, said.join(". "));
  return [`${opening}.`, ...said.map(sentence)].join(" ");
}

/** Sentences without their full stop: the decision, then the wishes. */
function sayings(mail: Understanding, { intent, wishes }: SteeringWishes): string[] {
  const confirmed = wishes.some(({ kind }) => kind === "confirm");
  const decided = confirmed ? [] : decide(mail, intent);
  return [
    ...decided,
    ...wishes.map(({ kind, text }) => {
      switch (kind) {
        case "propose":
          return `Would ${text} work for you instead?`;
        case "ask":
          return `Could you please tell me ${text}?`;
        case "confirm":
          return `${capital(text)} works well for me`;
        case "say":
          return capital(text);
        default:
          return kind satisfies never;
      }
    }),
  ];
}

function decide(mail: Understanding, intent: SteeringWishes["intent"]): string[] {
  const [ask] = mail.asks;
  switch (intent) {
    case null:
    case "acknowledge":
      return [];
    case "defer":
      return ["I will check this and get back to you"];
    case "accept":
      if (ask?.kind === "attend" || ask?.kind === "request") return [answerAsk(ask, mail)];
      if (ask?.kind === "time" && ask.times.length > 0) return [`${capital(ask.times[0])} works well for me`];
      return ["Yes, I am happy to agree"];
    case "decline": {
      if (ask?.kind === "time")
        return [`Unfortunately, I cannot make it${ask.times.length > 0 ? ` ${onTime(ask.times[0])}` : ""}`];
      if (ask?.kind === "attend") return ["Unfortunately, I cannot join you"];
      const task = ask?.kind === "request" ? /^I will (?:try to )?(.+)$/.exec(answerAsk(ask, mail))?.[1] : undefined;
      const isTask = task !== undefined && BASE_VERBS.has(task.split(" ")[0]) && !/let you know|get back/.test(task);
      return [isTask ? `I am sorry, but I cannot ${task}` : "Unfortunately, I have to decline"];
    }
    default:
      return intent satisfies never;
  }
}
