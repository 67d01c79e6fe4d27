/** An evaluation of made-up mails, for tests of what is made of it. */
import { evaluateItems } from "./evaluate.ts";
import type { EvaluationItem } from "./items.ts";

const TOPICS = ["invoice", "lunch", "server", "travel", "contract", "holiday", "printer", "budget", "visit", "offer"];

/** Training pairs of the same topics in other words. */
export const fixtureTrain = TOPICS.map((topic, i) => ({
  email: `From: Bob\nSubject: ${topic}\n\nCould you tell me about the ${topic} by day ${i}? I would like to know before the board meets on Monday at nine.`,
  reply: `Thank you, I will send you the ${topic} details on day ${i}.`,
}));

/** Held-out mails; `reply` writes the model's answer to a topic, `hostile` stands in the first mail. */
export function fixtureItems(
  reply: (topic: string, i: number) => string = (topic) => `Thank you, the ${topic} will be ready on Friday at noon.`,
  hostile = "",
): EvaluationItem[] {
  return TOPICS.map((topic, i) => ({
    id: `mail-${i}`,
    threadId: `thread-${i >> 1}`,
    email: `From: Ann Smith\nSubject: The ${topic}\n\nWhat is the state of the ${topic}? I would like to know before the board meets on Monday at nine, on Friday at noon at the latest.${i === 0 ? hostile : ""}`,
    reference: `Thank you, the ${topic} will be ready by Friday at noon.`,
    candidate: reply(topic, i),
    baseCandidate: "Subject: x\n\nHere is a reply to the email you sent me just now, and I am not",
    ceilingReply: `Thanks, the ${topic} will be ready by Friday noon.`,
    language: "en",
  }));
}

/** The evaluation of `fixtureItems`. */
export function evaluateFixture(reply?: (topic: string, i: number) => string, hostile?: string) {
  return evaluateItems({ items: fixtureItems(reply, hostile), train: fixtureTrain, seed: 42, cleanBelow: 0.5 });
}
