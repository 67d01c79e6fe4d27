/**
 * Reverse instructions (arXiv:2308.06259, §3): the line an owner could have given for a reply that exists. An adapter that learns from mail and
 * line is taught how the owner says a thing, where the mail alone would teach what they happened to decide.
 */
import { contentWords, splitReply, stanceOf } from "../mail/index.ts";

/** ours: a line, not the reply again. */
const MOST_SENTENCES = 3;
const MOST_WORDS = 6;
const MOST_FACTS = 8;

/**
 * A steering line in the assistant's own form, "decline, say budget decided, ask price": the decision and the matter of a reply, without its
 * wording. `facts` are pieces of the reply that only its writer knew; those that its words do not hold already are named at the end.
 */
export function reverseLine(reply: string, facts: readonly string[] = []): string {
  const { sentences } = splitReply(reply);
  const stance = stanceOf(reply);
  const parts = stance === "open" ? [] : [stance === "yes" ? "accept" : "decline"];
  for (const sentence of sentences.slice(0, MOST_SENTENCES)) {
    const words = [...new Set(contentWords(sentence))].slice(0, MOST_WORDS);
    if (words.length > 0) parts.push(`${sentence.trimEnd().endsWith("?") ? "ask" : "say"} ${words.join(" ")}`);
  }
  const said = parts.join(", ").toLowerCase();
  const missing = [...new Set(facts)].filter((fact) => !said.includes(fact.toLowerCase())).slice(0, MOST_FACTS);
  if (missing.length > 0) parts.push(`mention ${missing.join(" ")}`);
  if (sentences.length === 1) parts.push("in one sentence");
  return parts.join(", ");
}
