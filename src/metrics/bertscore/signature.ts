/** How a BERTScore was made, on one line. */
import { packageVersion } from "../signature.ts";
import type { Baseline } from "./baseline.ts";
import type { Encoder } from "./encoder.ts";

/** The release of bert_score whose numbers ours equal. */
export const BERT_SCORE_VERSION = "0.3.13";

/** bert_score's own number of pairs in a batch. */
export const DEFAULT_BATCH_SIZE = 64;

/** bert_score's hash (utils.get_hash), with what made the number in place of the release of transformers. */
export function signatureOf(
  { name, layer, fingerprint }: Pick<Encoder, "name" | "layer" | "fingerprint">,
  { idf, batchSize = DEFAULT_BATCH_SIZE }: { readonly idf?: boolean; readonly batchSize?: number },
  baseline: Baseline | null,
  fastTokenizer: boolean | undefined,
): string {
  const made = [`impl=pocketreply-${packageVersion()}`, `weights=${fingerprint.slice(0, 8)}`];
  if (batchSize !== DEFAULT_BATCH_SIZE) made.push(`batch=${batchSize}`);
  if (baseline?.source.kind === "custom") made.push(`baseline=${baseline.source.digest}`);
  const rescaled = baseline === null ? "" : baseline.source.kind === "published" ? "-rescaled" : "-custom-rescaled";
  return `${name}_L${layer}_${idf ? "idf" : "no-idf"}_version=${BERT_SCORE_VERSION}(${made.join(",")})${rescaled}${fastTokenizer ? "_fast-tokenizer" : ""}`;
}
