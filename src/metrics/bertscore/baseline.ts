/** Baselines of rescaling: what unrelated texts score, so that 0 means unrelated (bert_score journal/rescale_baseline.md). */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { FormatError, UserError } from "../../errors.ts";
import { ENGLISH_BASELINES, RECOMMENDED_LAYERS } from "./layers.ts";

/** Precision, recall and F1 of unrelated texts. */
export interface Baseline {
  readonly values: readonly [number, number, number];
  /** Where it came from: bert_score's own English table, or a file, by the start of its SHA-256. */
  readonly source: { readonly kind: "published" } | { readonly kind: "custom"; readonly digest: string };
}

/** The published English baseline of an encoder at its recommended layer. Throws UserError where there is none. */
export function publishedBaseline(encoder: string, layer: number): Baseline {
  const values = ENGLISH_BASELINES[encoder];
  if (values === undefined || RECOMMENDED_LAYERS[encoder] !== layer) {
    const known = Object.keys(ENGLISH_BASELINES).map((name) => `${name} (layer ${RECOMMENDED_LAYERS[name]})`);
    throw new UserError(
      `No published baseline is known for ${encoder} at layer ${layer}. Give a file with the columns LAYER,P,R,F. Known: ${known.join(", ")}.`,
    );
  }
  return { values, source: { kind: "published" } };
}

/** The row for `layer` of a baseline file in bert_score's form: the head LAYER,P,R,F, then a row a layer. */
export async function readBaseline(path: string, layer: number): Promise<Baseline> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "does not exist" : `cannot be read (${error.code})`;
    throw new UserError(`${path} ${reason}. A baseline file has the columns LAYER,P,R,F, as those of bert_score.`);
  });
  const rows = bytes
    .toString("utf8")
    .split(/\r?\n/)
    .map((line) => line.split(/[,\t]/).map((cell) => cell.trim()));
  const expected = "the head LAYER,P,R,F and then a row a layer";
  if (rows[0].join(",").toUpperCase() !== "LAYER,P,R,F")
    throw new FormatError({ path, where: "line 1", expected, got: JSON.stringify(rows[0].join(",")) });
  const at = rows.findIndex(([first], i) => i > 0 && first !== "" && Number(first) === layer);
  if (at < 0) throw new FormatError({ path, where: "its rows", expected: `a row for layer ${layer}`, got: "none" });
  const [precision, recall, f1] = rows[at].slice(1).map(Number);
  if (rows[at].length !== 4 || ![precision, recall, f1].every((value) => value < 1))
    throw new FormatError({
      path,
      where: `line ${at + 1}`,
      expected: "a layer and three numbers below 1",
      got: JSON.stringify(rows[at].join(",")),
    });
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  return { values: [precision, recall, f1], source: { kind: "custom", digest } };
}
