/**
 * Steered mails: a share of the mails (`distill.steered`) is sent with a line that says how to reply, so that the student learns to follow one. The
 * line stands behind the mail, as it will in use; which mails have one, and which, depends on the mail alone, so that a teacher asked again sees the same.
 */
import { chooseSender, digest, isRedacted, type SentEmail } from "../endpoint/index.ts";
import { addSteering, type Email, type Understanding, understandEmail } from "../mail/index.ts";
import type { PromptStyle } from "../prompts/index.ts";
import { createRandom, hashString, type Random } from "../random.ts";
import type { Recipe } from "../recipe.ts";

/** A mail as it is sent; `steering` is its line as the text has it, "" for none. */
export interface SteeredEmail extends SentEmail {
  readonly steering: string;
}

/** How mails of a recipe are sent: redacted where that is due, and a share of them with a line. */
export async function chooseSteeredSender(
  recipe: Recipe,
  mailbox: () => AsyncIterable<Email>,
): Promise<{ send: (email: Email) => SteeredEmail; redacted: boolean }> {
  const { send, redacted } = await chooseSender(recipe, mailbox);
  const { steered } = recipe.distill;
  if (steered === 0) return { send: (email) => ({ ...send(email), steering: "" }), redacted };
  return {
    redacted,
    send: (email) => {
      const sent = send(email);
      const isSteered = hashString(`steered/${email.id}`) / 2 ** 32 < steered;
      const steering = isSteered ? drawLine(understandEmail(sent.text), createRandom(`line/${email.id}`)) : "";
      const text = addSteering(sent.text, steering);
      return { ...sent, text, steering, digest: digest(text) };
    },
  };
}

/** The words of the prompts that a recipe asks for. */
export function styleOf(recipe: Recipe, redacted = isRedacted(recipe)): PromptStyle {
  const style = { set: recipe.distill.prompts, redacted };
  return recipe.distill.steered > 0 ? { ...style, steered: true } : style; // a run without lines is described as ever
}

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const HOURS = ["9:00", "10:00", "10:30", "11:15", "12:30", "13:00", "14:00", "15:30", "16:00", "17:15", "18:00"];
const FACTS = [
  "I am away until {day}", "I am on holiday next week", "I have another appointment on {day}", "the budget is not decided yet",
  "I have to ask my manager first", "we need two more weeks", "it is too expensive for us", "I will call on {day}", "my colleague takes care of this",
  "I have sent it already", "I was ill last week", "we are short of people", "the train arrives at {hour}", "I can help for an hour", "nothing has changed",
  "there will be {number} of us", "I have read it twice", "I would rather do it by phone", "the room is booked until {hour}", "I am looking forward to it",
]; // biome-ignore format: a list
const ASKED = [
  "the deadline", "more details", "the address", "the order number", "a copy of the invoice", "who else is coming", "how long it takes", "the price",
  "whether {day} is possible", "where we meet", "the phone number", "which version is the latest", "what else is needed", "the agenda", "when it was sent",
]; // biome-ignore format: a list

/** A line that fits the mail: a decision where it wants one, and something to propose, ask or say; sometimes in one sentence. */
function drawLine({ asks }: Understanding, random: Random): string {
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)];
  const fill = (text: string) =>
    text
      .replace("{day}", pick(DAYS))
      .replace("{hour}", pick(HOURS))
      .replace("{number}", `${3 + random.integer(20)}`);
  const when = () => fill(pick(["{day}", "{day} at {hour}", "next {day}", "{hour} on {day}"]));
  const say = () => `say that ${fill(pick(FACTS))}`;
  const ask = () => `ask ${fill(pick(ASKED))}`;
  const time = asks.find(({ kind, times }) => kind === "time" && times.length > 0);
  const decision = () => {
    switch (random.integer(5)) {
      case 0:
        return ["accept"];
      case 1:
        return time === undefined ? ["accept", ask()] : [`accept, confirm ${pick(time.times)}`];
      case 2:
        return ["decline"];
      case 3:
        return ["decline", asks.some(({ kind }) => kind === "time" || kind === "attend") ? `propose ${when()}` : say()];
      default:
        return ["defer", ...(random.integer(2) === 0 ? [say()] : [])];
    }
  };
  const plain = () => pick([[say()], [ask()], ["thank", say()], [say(), ask()]]);
  const parts = asks.length > 0 && random.integer(4) > 0 ? decision() : plain();
  if (parts.length === 1 && random.integer(4) === 0) parts.push("in one sentence");
  return parts.join(", ");
}
