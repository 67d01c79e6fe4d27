/** Writes a reply: greeting, acknowledgement, an answer to each ask. First drafts have a fault now and then, for the judge to find. */

import { type Understanding, understandEmail } from "../../mail/index.ts";
import { hashString } from "../../random.ts";
import { acknowledge, courtesyFor } from "./acknowledge.ts";
import { answerAsk } from "./answers.ts";
import { composeSteered } from "./steered.ts";
import { FILLERS, type Flaw, greetingFor, lowerFirst, sentence } from "./wording.ts";

/** A first draft for a mail, as `line` says where it says something. The same mail and variant give the same draft; `variant` decides only whether and how it is flawed. */
export function writeReply(emailText: string, { variant, line = "" }: { variant: number; line?: string }): string {
  return compose(understandEmail(emailText), line, drawFlaws(emailText, variant));
}

/** The reply with the given flaws, by the line where there is one. */
export function compose(mail: Understanding, line: string, flaws?: ReadonlySet<Flaw>): string {
  return line === "" ? composeReply(mail, flaws) : composeSteered(mail, line, flaws);
}

const FLAWED_SHARE = 0.36;
const TWO_FLAWS_SHARE = 0.25;
const KINDS: readonly Flaw[] = [
  "missedAsk",
  "wordy",
  "noGreeting",
  "generic",
  "curt",
  "subjectLine",
  "missedAsk",
  "wordy",
];

function drawFlaws(emailText: string, variant: number): ReadonlySet<Flaw> {
  const hash = hashString(`draft/${variant}/${emailText}`);
  if ((hash % 1000) / 1000 >= FLAWED_SHARE) return new Set();
  const pick = (salt: string) => KINDS[hashString(`${salt}/${hash}`) % KINDS.length];
  const second = (hashString(`two/${hash}`) % 1000) / 1000 < TWO_FLAWS_SHARE;
  return new Set(second ? [pick("first"), pick("second")] : [pick("first")]);
}

const MAX_ANSWERS = 3;

/** The reply with the given flaws; none of them for the reply as it should be. */
export function composeReply(mail: Understanding, flaws: ReadonlySet<Flaw> = new Set()): string {
  if (mail.needsNoReply) return flaws.has("curt") ? "Thanks." : "Hello, thank you for your message.";
  const asks = mail.asks.slice(0, flaws.has("missedAsk") ? Math.max(0, mail.asks.length - 1) : MAX_ANSWERS);
  let answers = joinAnswers(asks.map((ask) => answerAsk(ask, mail)));
  let opening = acknowledge(mail, answers.join(". "));
  let courtesy = flaws.has("missedAsk") && mail.asks.length > 0 ? "" : courtesyFor(mail, answers.length > 0);
  if (flaws.has("generic")) {
    [opening, answers, courtesy] = [
      mail.formality === "casual" ? "thanks for your mail" : "thank you for your email",
      ["I will get back to you soon"],
      "",
    ];
  }
  if (courtesy !== "" && answers.length < 2) answers.push(courtesy);
  if (flaws.has("curt")) return flaws.has("noGreeting") || answers.length === 0 ? "Noted." : sentence(answers[0]);
  const first = flaws.has("noGreeting")
    ? sentence(opening)
    : `${greetingFor(mail)} ${/^[A-Z]/.test(opening) ? opening : opening}.`;
  const padding = flaws.has("wordy") ? FILLERS : [];
  const body = [first, ...padding.slice(0, 2), ...answers.map(sentence), ...padding.slice(2)].join(" ");
  return flaws.has("subjectLine") ? `Subject: Re: ${mail.subject || "your message"}\n\n${body}` : body;
}

/** Says things once: checks are gathered, a limit is named once, three answers become two sentences. */
function joinAnswers(answers: readonly string[]): string[] {
  const distinct = nameLimitOnce(gatherChecks([...new Set(answers)]));
  if (distinct.length < 3) return distinct;
  const [first, second, third] = distinct;
  if (second.endsWith("?") || third.endsWith("?")) return [first, second];
  return [first, `${second}, and ${lowerFirst(third)}`];
}

const CHECK = /^I will (check|find out) ((?:wh|how|the|to|at|by|if).+?) and let you know( .*)?$/;

/** "I will check A and let you know." + "I will check B and let you know." -> one sentence. */
function gatherChecks(answers: readonly string[]): string[] {
  const result: string[] = [];
  for (const answer of answers) {
    const [last, next] = [CHECK.exec(result.at(-1) ?? ""), CHECK.exec(answer)];
    if (last && next)
      result[result.length - 1] = `I will ${last[1]} ${last[2]} and ${next[2]}, and let you know${next[3] ?? ""}`;
    else result.push(answer);
  }
  return result;
}

function nameLimitOnce(answers: readonly string[]): string[] {
  const seen = new Set<string>();
  return answers.map((answer) => {
    const limit = / by (?:\[date\]|[A-Z0-9n][\w: ]{0,99}|the end of [\w ]+)$/.exec(answer)?.[0];
    if (limit === undefined) return answer;
    if (seen.has(limit)) return answer.slice(0, -limit.length);
    seen.add(limit);
    return answer;
  });
}
