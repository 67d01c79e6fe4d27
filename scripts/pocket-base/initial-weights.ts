/**
 * Where pre-training starts. Small Llamas learn late, or never, to carry a name or a number from the mail into the reply, because
 * copying needs two layers to agree: one that tells each position which token came before it, and one that looks for positions
 * preceded by the present token (an induction head, arXiv:2209.11895). Both are written into the weights here, in the spirit of
 * mimetic initialisation (arXiv:2305.09828); everything else is the usual N(0, 0.02). Nothing is frozen: training keeps what serves.
 */
import { baseTensors, type LlamaConfig, ropeFrequencies, type Weights } from "../../src/model/index.ts";
import { createRandom } from "../../src/random.ts";

/** Spread of a token's embedding over its content dimensions. */
const embeddingSpread = 0.03;
/** The last dimension of every embedding: something that position heads can read on any token. */
const constantValue = 0.09;
/** Weight products of the structured heads: sharpness of the position heads and of the matching, and how much they write. */
const positionSharpness = 60;
const matchSharpness = 1.3;
const writeGain = { position: 0.03, copy: 0.2 };

/** Initial weights of the pocket base. `copying: false` leaves the structure out, for comparison. */
export function initialWeights(config: LlamaConfig, seed: number, { copying = true } = {}): Weights {
  const weights: Weights = new Map(
    baseTensors(config).map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
      if (name.includes("norm")) return [name, data.fill(1)];
      const random = createRandom(`${seed}/${name}`);
      // The output of each block is scaled down by √(2 layers) as in GPT-2.
      const spread = /o_proj|down_proj/.test(name) ? 0.02 / Math.sqrt(2 * config.layers) : 0.02;
      return [name, data.map(() => spread * random.normal())];
    }),
  );
  if (copying) writeCopying(weights, config, seed);
  return weights;
}

/** The residual stream at the start: content, the token before, the token two before, and the constant. */
function layout({ hiddenSize: width, headSize }: LlamaConfig) {
  const before = width - 2 * headSize;
  return { content: before, before, twoBefore: before + headSize, constant: width - 1 };
}

function writeCopying(weights: Weights, config: LlamaConfig, seed: number): void {
  const { hiddenSize: width, headSize, heads, kvHeads, vocabularySize } = config;
  const half = headSize / 2;
  const at = layout(config);
  const frequencies = ropeFrequencies(config);

  const embedding = weights.get("model.embed_tokens.weight")!;
  const random = createRandom(`${seed}/content`);
  for (let token = 0; token < vocabularySize; token++) {
    const row = embedding.subarray(token * width, (token + 1) * width).fill(0);
    for (let dim = 0; dim < at.content; dim++) row[dim] = random.normal();
    // All of one length: position heads must not prefer some tokens over others.
    const length = Math.hypot(...row);
    for (let dim = 0; dim < at.content; dim++) row[dim] *= (embeddingSpread * Math.sqrt(at.content)) / length;
    row[at.constant] = constantValue;
  }
  // What a unit of content, and the constant, are worth after the first normalisation.
  const norm = Math.hypot(embeddingSpread * Math.sqrt(at.content), constantValue) / Math.sqrt(width);
  const constant = constantValue / norm;

  const tensor = (layer: number, projection: string) => {
    const data = weights.get(`model.layers.${layer}.self_attn.${projection}.weight`)!;
    const columns = projection === "o_proj" ? heads * headSize : width;
    return {
      set: (row: number, column: number, value: number) => {
        data[row * columns + column] = value;
      },
      clearRows: (from: number, count: number) => void data.fill(0, from * columns, (from + count) * columns),
    };
  };

  // Layer 0, key group 0: head 0 attends to the token before, head 1 to the one two before. The keys are the same everywhere; the
  // query is turned by as many positions as it shall look back, over the fast frequencies.
  const [q, k, v, o] = ["q_proj", "k_proj", "v_proj", "o_proj"].map((name) => tensor(0, name));
  q.clearRows(0, 2 * headSize);
  k.clearRows(0, headSize);
  v.clearRows(0, headSize);
  for (const [i, share] of [1, 0.7, 0.5, 0.3, 0.2, 0.1].entries()) {
    const amplitude = Math.sqrt(positionSharpness * share) / constant;
    k.set(i, at.constant, amplitude);
    for (const [head, back] of [1, 2].entries()) {
      q.set(head * headSize + i, at.constant, amplitude * Math.cos(back * frequencies[i]));
      q.set(head * headSize + half + i, at.constant, -amplitude * Math.sin(back * frequencies[i]));
    }
  }
  const balance = Math.sqrt(writeGain.position);
  for (let i = 0; i < headSize; i++) {
    v.set(i, i, balance);
    o.set(at.before + i, i, balance);
    if (at.twoBefore + i !== at.constant) o.set(at.twoBefore + i, headSize + i, balance);
  }

  // Layers 1 and 2: in each key group one head matches the present token (or the present and the one before it) with what stood
  // before a position, over the frequencies too slow to notice the distance, and copies the token of that position.
  const slow = frequencies.findIndex((frequency) => frequency < 0.004);
  const places = [...Array(half - slow).keys()].flatMap((i) => [slow + i, half + slow + i]);
  for (const layer of [1, 2]) {
    const [q, k, v, o] = ["q_proj", "k_proj", "v_proj", "o_proj"].map((name) => tensor(layer, name));
    for (let group = 0; group < kvHeads; group++) {
      const head = (group * heads) / kvHeads;
      q.clearRows(head * headSize, headSize);
      k.clearRows(group * headSize, headSize);
      v.clearRows(group * headSize, headSize);
      const pairs = group < kvHeads / 2 ? places.length : places.length / 2;
      for (const [i, place] of places.entries()) {
        const isPresent = i < pairs;
        const dim = ((isPresent ? i : i - pairs) + group * 7 + layer * 5) % headSize;
        q.set(head * headSize + place, isPresent ? dim : at.before + dim, matchSharpness * Math.sqrt(headSize / 8));
        const source = (isPresent ? at.before : at.twoBefore) + dim;
        if (source !== at.constant) k.set(group * headSize + place, source, matchSharpness * Math.sqrt(headSize / 8));
      }
      const gain = Math.sqrt(writeGain.copy);
      const first = layer === 1 ? group * headSize : at.content - (kvHeads - group) * headSize;
      for (let i = 0; i < headSize; i++) {
        v.set(group * headSize + i, first + i, gain);
        o.set(first + i, head * headSize + i, gain);
      }
    }
  }
}
