/**
 * The unigram model of SentencePiece (arXiv:1804.10959 §3.2) in the form of the `tokenizers` library: of all ways to cut a text into
 * pieces of the vocabulary, the one whose scores sum highest. A character that no piece covers costs the lowest score minus 10, and
 * neighbouring unknown characters become one token.
 */
import { UserError } from "../errors.ts";

/** The `model` of a tokenizer.json whose type is Unigram. */
export interface UnigramModel {
  readonly type: "Unigram";
  readonly unk_id: number | null;
  readonly vocab: readonly (readonly [string, number])[];
  readonly byte_fallback?: boolean;
}

const UNKNOWN_PENALTY = 10;

/** A node of the tree of pieces. */
interface Branch {
  id: number; // -1 where no piece ends
  readonly next: Map<string, Branch>;
}

/** A function from text to the ids of its likeliest pieces. Throws UserError for a model that falls back to bytes or has no unknown token. */
export function createUnigram(model: UnigramModel, path: string): (text: string) => number[] {
  const { vocab, unk_id: unknown } = model;
  if (model.byte_fallback) throw new UserError(`${path}: Unigram with byte_fallback is not supported.`);
  if (unknown === null || vocab[unknown] === undefined)
    throw new UserError(`${path}: the Unigram model has no unknown token (unk_id ${unknown}).`);
  const root: Branch = { id: -1, next: new Map() };
  const ids = new Map<string, number>();
  let lowest = 0;
  vocab.forEach(([piece, score], id) => {
    ids.set(piece, id);
    lowest = Math.min(lowest, score);
    let branch = root;
    for (const character of piece) {
      const next = branch.next.get(character) ?? { id: -1, next: new Map() };
      branch.next.set(character, next);
      branch = next;
    }
    if (piece !== "") branch.id = id;
  });
  const unknownScore = lowest - UNKNOWN_PENALTY;

  return (text) => {
    const characters = Array.from(text);
    const best = bestCuts(characters, { root, vocab, unknown, unknownScore });
    const result: number[] = [];
    let pending = ""; // unknown characters that stand together, last first
    const endUnknown = () => {
      if (pending !== "") result.push(ids.get(pending) ?? unknown);
      pending = "";
    };
    for (let end = characters.length; end > 0; end = best.starts[end]) {
      if (best.ids[end] === unknown) {
        pending = characters.slice(best.starts[end], end).join("") + pending;
        continue;
      }
      endUnknown();
      result.push(best.ids[end]);
    }
    endUnknown();
    return result.reverse();
  };
}

/** For every end, where the last piece of the best cut starts and which it is (Viterbi). */
function bestCuts(
  characters: readonly string[],
  tree: { root: Branch; vocab: UnigramModel["vocab"]; unknown: number; unknownScore: number },
): { starts: Int32Array; ids: Int32Array } {
  const { root, vocab, unknown, unknownScore } = tree;
  const count = characters.length;
  const starts = new Int32Array(count + 1).fill(-1);
  const ids = new Int32Array(count + 1);
  const scores = new Float64Array(count + 1);
  const offer = (start: number, end: number, id: number, score: number) => {
    const total = score + scores[start];
    if (starts[end] >= 0 && total <= scores[end]) return;
    starts[end] = start;
    ids[end] = id;
    scores[end] = total;
  };
  for (let start = 0; start < count; start++) {
    let branch: Branch | undefined = root;
    let single = false;
    for (let end = start; end < count; end++) {
      branch = branch.next.get(characters[end]);
      if (branch === undefined) break;
      if (branch.id < 0) continue;
      offer(start, end + 1, branch.id, vocab[branch.id][1]);
      if (end === start) single = true;
    }
    if (!single) offer(start, start + 1, unknown, unknownScore);
  }
  return { starts, ids };
}
