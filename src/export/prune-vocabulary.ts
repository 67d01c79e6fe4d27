/** A byte-level BPE vocabulary with fewer tokens, which tokenizes a text whose tokens are all kept as the whole one does. */
import { invariant, UserError } from "../errors.ts";
import { isObject } from "../formats/index.ts";
import { BYTE_CHARACTERS, type TokenizerJson } from "../tokens/index.ts";

/**
 * The ids to keep, in their order: all added tokens, all single bytes, those `used`, and, up to `size` in all, the commonest others (those
 * with the lowest ids, as BPE learns the commonest first) that are written in bytes that used tokens have too. Whatever a kept token
 * is merged from is kept, by every merge that gives it: so every merge that tokenizing such a text does is still there, and of several the
 * same one comes first. May be more than `size`.
 */
export function chooseKeptTokens(json: TokenizerJson, used: ReadonlySet<number>, size: number): number[] {
  const { vocab } = json.model;
  const parts = new Map<number, number[]>(); // token → what any merge makes it of
  for (const merge of json.model.merges) {
    const [left, right] = partsOf(merge);
    const made = vocab[left + right];
    parts.set(made, [...(parts.get(made) ?? []), vocab[left], vocab[right]]);
  }
  const kept = new Set<number>();
  const keep = (first: number) => {
    const open = [first];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (kept.has(id)) continue;
      kept.add(id);
      open.push(...(parts.get(id) ?? []));
    }
  };
  for (const { id } of json.added_tokens ?? []) keep(id);
  for (const byte of BYTE_CHARACTERS) if (vocab[byte] !== undefined) keep(vocab[byte]);
  for (const id of used) keep(id);
  const texts = Object.entries(vocab).sort(([, a], [, b]) => a - b);
  const letters = new Set(texts.filter(([, id]) => used.has(id)).flatMap(([text]) => [...text]));
  for (const [text, id] of texts) {
    if (kept.size >= size) break;
    if ([...text].every((letter) => letters.has(letter))) keep(id);
  }
  return [...kept].sort((a, b) => a - b);
}

/** tokenizer.json with the kept tokens alone, numbered in their order. */
export function pruneTokenizer(json: TokenizerJson, kept: readonly number[]): TokenizerJson {
  const ids = newIds(kept);
  const { model, added_tokens = [] } = json;
  const vocab = Object.fromEntries(
    Object.entries(model.vocab).flatMap(([token, id]) => (ids.has(id) ? [[token, ids.get(id)!]] : [])),
  );
  const merges = model.merges.filter((merge) => {
    const [left, right] = partsOf(merge);
    return ids.has(model.vocab[left + right]) && ids.has(model.vocab[left]) && ids.has(model.vocab[right]);
  });
  const processed = json as TokenizerJson & { post_processor?: unknown };
  return {
    ...json,
    ...(processed.post_processor !== undefined && { post_processor: renumber(processed.post_processor, ids) }),
    added_tokens: added_tokens.map((token) => ({ ...token, id: ids.get(token.id)! })), // all are kept
    model: { ...model, vocab, merges } as TokenizerJson["model"],
  };
}

/** The new id of each kept one. */
export function newIds(kept: readonly number[]): ReadonlyMap<number, number> {
  return new Map(kept.map((id, i) => [id, i]));
}

/** Ids inside a post-processor (tokenizers: TemplateProcessing has them in special_tokens; others name none that we read). */
function renumber(processor: unknown, ids: ReadonlyMap<number, number>): unknown {
  if (!isObject(processor)) return processor;
  if (Array.isArray(processor.processors))
    return { ...processor, processors: processor.processors.map((one) => renumber(one, ids)) };
  const { special_tokens } = processor;
  if (isObject(special_tokens)) {
    const moved = Object.entries(special_tokens).map(([name, token]) => {
      const { ids: old } = token as { ids: number[] }; // as tokenizers writes them
      return [name, { ...(token as object), ids: old.map((id) => ids.get(id)!) }];
    });
    return { ...processor, special_tokens: Object.fromEntries(moved) };
  }
  if (processor.type === "ByteLevel") return processor;
  throw new UserError(
    `tokenizer.json has a post-processor ${JSON.stringify(processor.type)}, whose ids export.prune cannot renumber. Export without export.prune.`,
  );
}

function partsOf(merge: string | readonly string[]): readonly [string, string] {
  const pair = typeof merge === "string" ? merge.split(" ") : merge;
  invariant(pair.length === 2, `the merge ${JSON.stringify(merge)} is a pair`); // loadTokenizer has checked it
  return [pair[0], pair[1]];
}
