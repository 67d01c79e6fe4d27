/**
 * The little phrase grammar of the sample mailbox.
 *
 *   [a|b|c]   one of the branches, at random; a branch may be empty
 *   <a|b|c>   the formal, neutral or casual branch, by the tone of the mail
 *   {slot}    a detail of the scene (a weekday, a document, a name); {a:slot} with "a" or "an", {bare:slot} without "the"
 *
 * Branches nest. Expansion happens in two steps: first the choices (giving the skeleton, slots still named), then the slots.
 */
import { invariant } from "../errors.ts";
import type { Random } from "../random.ts";

/** How a mail speaks; the order is that of the branches of `<a|b|c>`. */
export type Tone = "formal" | "neutral" | "casual";

const TONES: readonly Tone[] = ["formal", "neutral", "casual"];

type Node = string | { readonly byTone: boolean; readonly branches: readonly (readonly Node[])[] };

const compiled = new Map<string, readonly Node[]>();

/** Makes all choices of `template`; slots stay as `{name}`. */
export function expandPhrase(template: string, tone: Tone, random: Random): string {
  let nodes = compiled.get(template);
  if (nodes === undefined) {
    nodes = parsePhrase(template);
    compiled.set(template, nodes);
  }
  return tidySpaces(expandNodes(nodes, TONES.indexOf(tone), random));
}

/** Puts details into the slots of an expanded phrase; `slot` gives the text of a slot by name. */
export function fillSlots(phrase: string, slot: (name: string) => string): string {
  if (!phrase.includes("{")) return phrase;
  return phrase.replace(/\{(?:(a|bare):)?([A-Za-z0-9]+)\}/g, (_, modifier: string | undefined, name: string) => {
    const text = slot(name);
    if (modifier === "a") return withArticle(text);
    if (modifier === "bare") return text.replace(/^the /, "");
    return text;
  });
}

/** "a lamp", "an hour": by the first sound, guessed from the first letters. */
function withArticle(noun: string): string {
  const vowel = /^(?:[aeio]|u(?!ni|se|sa|til)|hour|honest|8|11\b|18\b)/i.test(noun);
  return `${vowel ? "an" : "a"} ${noun}`;
}

/** First letter in upper case; the rest untouched. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function expandNodes(nodes: readonly Node[], toneIndex: number, random: Random): string {
  let text = "";
  for (const node of nodes) {
    if (typeof node === "string") {
      text += node;
      continue;
    }
    const branch = node.byTone
      ? node.branches[Math.min(toneIndex, node.branches.length - 1)]
      : random.pick(node.branches);
    text += expandNodes(branch, toneIndex, random);
  }
  return text;
}

function parsePhrase(template: string): readonly Node[] {
  let at = 0;

  function parseSequence(closing: string): Node[] {
    const nodes: Node[] = [];
    let text = "";
    while (at < template.length) {
      const character = template[at];
      if (character === closing || (closing !== "" && character === "|")) break;
      invariant(character !== "]" && character !== ">", `unbalanced ${character} at ${at} in the phrase: ${template}`);
      at++;
      if (character !== "[" && character !== "<") {
        text += character;
        continue;
      }
      if (text) nodes.push(text);
      text = "";
      nodes.push(parseChoice(character));
    }
    if (text) nodes.push(text);
    return nodes;
  }

  function parseChoice(opening: string): Node {
    const closing = opening === "[" ? "]" : ">";
    const branches: Node[][] = [parseSequence(closing)];
    while (template[at] === "|") {
      at++;
      branches.push(parseSequence(closing));
    }
    invariant(template[at] === closing, `no ${closing} at the end of the phrase: ${template}`);
    at++;
    return { byTone: opening === "<", branches };
  }

  return parseSequence("");
}

/** Empty branches leave doubled spaces and spaces before punctuation behind. */
function tidySpaces(text: string): string {
  return text
    .replace(/ {2,}/g, " ")
    .replace(/ ([,.;:?!])/g, "$1")
    .trim();
}
