/** How a reply begins: the prompt, the greeting that fits sender and tone, and the words that carry an intent. */
import { addSteering } from "../../mail/portable.ts";
import { encodeMessages } from "../prompt.ts";
import { type AssistantMail, renderMail } from "./mail.ts";
import type { AssistantModel } from "./model.ts";
import type { Intent, Phrases } from "./phrases.ts";
import type { Reading } from "./reading.ts";
import type { Tone } from "./steering.ts";

/** The prompt of a mail with room for `room` tokens of the reply; `line` stands in it where the model was trained with such lines. */
export function promptFor(
  model: AssistantModel,
  mail: AssistantMail,
  { room, line = "" }: { room: number; line?: string },
): { ids: readonly number[]; shortened: boolean } {
  const content = addSteering(renderMail(mail), model.isSteered ? line : "");
  return encodeMessages({ model, frame: model, messages: [{ role: "user", content }], maxTokens: room });
}

/** "Hi Ann," in the tone asked for, else that of the mail. */
export function greet(phrases: Phrases, { senderName, formalName, formality }: Reading, tone?: Tone): string {
  const { greeting } = phrases;
  if (senderName === "") return greeting.nameless;
  const isFormal = tone === undefined ? formality === "formal" : tone === "formal";
  return (isFormal ? greeting.formal : greeting.friendly).replace("{name}", () => (isFormal ? formalName : senderName));
}

/** The openers of an intent, the one whose first token the model finds likeliest first; one pass of the model for all intents. */
export async function orderOpeners(
  model: AssistantModel,
  options: { ids: readonly number[]; phrases: Phrases; signal?: AbortSignal },
): Promise<(intent: Intent) => readonly string[]> {
  const { ids, phrases, signal } = options;
  const next = await model.next(ids, { count: LOOKED_AT, signal });
  const chance = new Map(next.map(({ id, logProb }) => [id, logProb]));
  const rate = (opener: string) => chance.get(model.tokenizer.encode(` ${opener}`)[0]) ?? UNLIKELY;
  return (intent) => [...phrases.openers[intent]].sort((a, b) => rate(b) - rate(a));
}

const LOOKED_AT = 256;
const UNLIKELY = -100;
