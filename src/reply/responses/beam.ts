/** A response set scored by the model: a beam over the trie of its token ids, so that only texts of the set can come out (arXiv:1606.04870 §3.2). */
import type { AssistantMail } from "../assistant/mail.ts";
import type { AssistantModel } from "../assistant/model.ts";
import { greet, promptFor } from "../assistant/opening.ts";
import { phrasesFor } from "../assistant/phrases.ts";
import type { Reading } from "../assistant/reading.ts";
import type { ChooseOptions } from "../assistant/ready-replies.ts";
import { type RankedResponse, rankBySigns } from "./choose.ts";
import type { Response, ResponseSet } from "./set.ts";

/** A place in the trie: the ids that may follow, and the response that ends here. */
export interface Trie {
  readonly next: Map<number, Trie>;
  response: Response | null;
}

/** What stands of a response, and how likely it is. */
interface Hypothesis {
  readonly node: Trie;
  readonly ids: readonly number[];
  readonly logProbs: readonly number[];
}

/** ours: docs/replies.md has what a wider one gains. */
const BEAM = 8;
const GENERALITY = 0.6;
/** ours: weight of what the mail's signs say beside ln p: a small model alone ranks worse than they do (docs/log/responses.md). */
const SIGNS = 2;
/** Candidates among which the trie's ids are looked for; others count as a little less likely than the last. */
const WIDE = 256;

/** The trie of a set, as the model's vocabulary spells it behind a greeting. */
export function buildTrie({ responses }: ResponseSet, model: Pick<AssistantModel, "tokenizer">): Trie {
  const root: Trie = { next: new Map(), response: null };
  for (const response of responses) {
    let node = root;
    for (const id of model.tokenizer.encode(` ${response.text}`)) {
      const child = node.next.get(id) ?? { next: new Map(), response: null };
      node.next.set(id, child);
      node = child;
    }
    node.response ??= response;
  }
  return root;
}

/**
 * The responses that the beam reaches, by ln p less the generality penalty plus what the mail's signs say. A hypothesis counts with the best that
 * the signs say of any response it may become. Throws what the signal is aborted with.
 */
export async function rankByModel(
  model: AssistantModel,
  mail: AssistantMail,
  options: ChooseOptions & {
    set: ResponseSet;
    trie: Trie;
    reading: Reading;
    /** Weight of ln p under a blank mail, which is high for replies that fit any mail. */
    generality?: number;
  },
): Promise<RankedResponse[]> {
  const { set, trie, reading, beam = BEAM, generality = GENERALITY, signal } = options;
  const phrases = phrasesFor(set.language);
  const lead = model.tokenizer.encode(phrases === null ? "" : `${greet(phrases, reading)} ${phrases.lead}`);
  const room = lead.length + depthOf(trie);
  const { ids: prompt } = promptFor(model, mail, { room });
  const start = [...prompt, ...lead];
  const signs = new Map(rankBySigns(set, reading).map(({ text, score }) => [text, SIGNS * score]));
  const hope = hopesOf(trie, signs);
  const rate = ({ node, logProbs }: Hypothesis) => sum(logProbs) + hope.get(node)!;
  let open: Hypothesis[] = [{ node: trie, ids: [], logProbs: [] }];
  const ended: { response: Response; hypothesis: Hypothesis }[] = [];
  while (open.length > 0) {
    const longer: Hypothesis[] = [];
    for (const hypothesis of inTrieOrder(open)) {
      const { node, ids, logProbs } = hypothesis;
      const candidates = await model.next([...start, ...ids], { count: WIDE, signal });
      const known = new Map(candidates.map(({ id, logProb }) => [id, logProb]));
      const least = candidates[candidates.length - 1].logProb - 1;
      for (const [id, child] of node.next)
        longer.push({ node: child, ids: [...ids, id], logProbs: [...logProbs, known.get(id) ?? least] });
    }
    const kept = longer.toSorted((a, b) => rate(b) - rate(a)).slice(0, beam);
    for (const hypothesis of kept)
      if (hypothesis.node.response !== null) ended.push({ response: hypothesis.node.response, hypothesis });
    open = kept.filter(({ node }) => node.next.size > 0);
  }
  const { ids: frame } = promptFor(model, { text: "" }, { room });
  const ranked: RankedResponse[] = [];
  for (const { response, hypothesis } of ended) {
    const blank = [...frame, ...lead];
    const anywhere =
      generality === 0 ? 0 : sum(await model.score([...blank, ...hypothesis.ids], { start: blank.length, signal }));
    const score = sum(hypothesis.logProbs) - generality * anywhere + signs.get(response.text)!;
    ranked.push({ ...response, score });
  }
  return ranked.toSorted((a, b) => b.score - a.score);
}

/** Neighbours in the trie share what the engine has evaluated, so they are asked one behind the other. */
function inTrieOrder(open: readonly Hypothesis[]): Hypothesis[] {
  return open.toSorted((a, b) => {
    for (let i = 0; i < a.ids.length; i++) if (a.ids[i] !== b.ids[i]) return a.ids[i] - b.ids[i];
    return 0;
  });
}

/** By place in the trie the best that the signs say of a response below it. */
function hopesOf(trie: Trie, signs: ReadonlyMap<string, number>): Map<Trie, number> {
  const hopes = new Map<Trie, number>();
  const visit = (node: Trie): number => {
    const own = node.response === null ? Number.NEGATIVE_INFINITY : signs.get(node.response.text)!;
    const best = Math.max(own, ...[...node.next.values()].map(visit));
    hopes.set(node, best);
    return best;
  };
  visit(trie);
  return hopes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function depthOf({ next }: Trie): number {
  return 1 + Math.max(0, ...[...next.values()].map(depthOf));
}
