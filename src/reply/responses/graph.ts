/**
 * Replies as a graph by the words that they share, and labels that spread over it: label propagation with seeds (Ravi and Diao 2016,
 * arXiv:1512.01752 "EXPANDER", equation 1), as Smart Reply groups replies into intents (arXiv:1606.04870 §4.2).
 */
import { toWords } from "../../checks/portable.ts";

/** By node: its neighbours and how alike they are, in (0, 1]. Symmetric. */
export type Graph = readonly (readonly { readonly node: number; readonly weight: number }[])[];

/** ours: below this two sentences share no more than common words. */
const LEAST_ALIKE = 0.25;
const MOST_NEIGHBOURS = 10;

/** A node a text, joined to those most alike by the cosine of words and word pairs, each weighed by how rare it is. */
export function buildGraph(texts: readonly string[]): Graph {
  const parts = texts.map((text) => {
    const words = toWords(text);
    return new Set([...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)]);
  });
  const holders = new Map<string, number[]>();
  for (const [i, set] of parts.entries()) for (const part of set) holders.set(part, [...(holders.get(part) ?? []), i]);
  const rarity = (part: string) => Math.log((1 + texts.length) / holders.get(part)!.length);
  const lengths = parts.map((set) => Math.sqrt([...set].reduce((sum, part) => sum + rarity(part) ** 2, 0)));
  const edges = parts.map((set, i) => {
    const products = new Map<number, number>();
    for (const part of set)
      for (const j of holders.get(part)!) if (j !== i) products.set(j, (products.get(j) ?? 0) + rarity(part) ** 2);
    return [...products]
      .map(([node, product]) => ({ node, weight: product / (lengths[i] * lengths[node] || 1) }))
      .filter(({ weight }) => weight >= LEAST_ALIKE)
      .sort((a, b) => b.weight - a.weight || a.node - b.node)
      .slice(0, MOST_NEIGHBOURS);
  });
  const both = edges.map((list) => new Map(list.map(({ node, weight }) => [node, weight])));
  for (const [i, list] of edges.entries()) for (const { node, weight } of list) both[node].set(i, weight);
  return both.map((list) => [...list].map(([node, weight]) => ({ node, weight })).sort((a, b) => a.node - b.node));
}

/** Weights of the equation: what a seed says, what neighbours say, and what nobody says. */
const SEED = 1;
const NEIGHBOUR = 0.5;
const PRIOR = 0.01;
const ROUNDS = 20;

/** The likeliest label of each node after `ROUNDS` rounds; `fallback` where no seed reaches. */
export function propagateLabels<L extends string>(
  graph: Graph,
  { seeds, labels, fallback }: { seeds: readonly (L | null)[]; labels: readonly L[]; fallback: L },
): L[] {
  const uniform = 1 / labels.length;
  let spread = graph.map(() => labels.map(() => uniform));
  for (let round = 0; round < ROUNDS; round++) {
    spread = graph.map((neighbours, i) => {
      const around = NEIGHBOUR * neighbours.reduce((sum, { weight }) => sum + weight, 0);
      const own = seeds[i] === null ? 0 : SEED;
      return labels.map((label, l) => {
        const said = neighbours.reduce((sum, { node, weight }) => sum + weight * spread[node][l], 0);
        return (own * (seeds[i] === label ? 1 : 0) + NEIGHBOUR * said + PRIOR * uniform) / (own + around + PRIOR);
      });
    });
  }
  return spread.map((shares, i) => {
    if (seeds[i] !== null) return seeds[i];
    const best = shares.reduce((top, share, l) => (share > shares[top] + 1e-9 ? l : top), 0);
    return shares[best] > uniform + 1e-6 ? labels[best] : fallback;
  });
}

/** ours: from here on two sentences say the same in other words. */
const SAME_MEANING = 0.5;

/**
 * Groups of nodes that mean the same, as the first node of each: every node takes the label that its neighbours bring most weight for, where
 * each begins with its own (Raghavan et al. 2007), in the order of the nodes, until nothing changes.
 */
export function groupNodes(graph: Graph, { mayJoin }: { mayJoin: (a: number, b: number) => boolean }): number[] {
  const group = graph.map((_, i) => i);
  for (let round = 0; round < ROUNDS; round++) {
    let changed = false;
    for (const [i, neighbours] of graph.entries()) {
      const weights = new Map<number, number>([[group[i], SAME_MEANING]]); // a little more than one weak neighbour
      for (const { node, weight } of neighbours)
        if (weight >= SAME_MEANING && mayJoin(i, node))
          weights.set(group[node], (weights.get(group[node]) ?? 0) + weight);
      const [best] = [...weights].sort(([a, x], [b, y]) => y - x || a - b)[0];
      if (best === group[i]) continue;
      group[i] = best;
      changed = true;
    }
    if (!changed) break;
  }
  const first = new Map<number, number>();
  for (const [i, label] of group.entries()) if (!first.has(label)) first.set(label, i);
  return group.map((label) => first.get(label)!);
}
