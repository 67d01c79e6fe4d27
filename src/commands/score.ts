/** `pocketreply score`: metrics of any two text files. */

import { UserError } from "../errors.ts";
import { type BertScoreOptions, formatFileScores, matchesFolder, scoreFiles } from "../metrics/index.ts";
import type { ScoreFlags } from "./options.ts";
import type { Session } from "./session.ts";

/** The verb. */
export async function score(flags: ScoreFlags, session: Session): Promise<void> {
  const { candidates, references, metrics, lowercase, confidence, baseline, compat } = flags;
  const scores = await scoreFiles({
    candidates,
    references,
    metrics,
    lowercase,
    confidence: confidence ? {} : undefined,
    paired: baseline === undefined ? undefined : { baseline, test: "bootstrap" },
    compat: compat ? {} : undefined,
    bertscore: bertScoreOptions(flags, session),
  });
  session.progress.clear();
  for (const line of formatFileScores(scores)) session.print(line);
  session.printJson(scores);
}

/** What the flags say of BERTScore, with progress; undefined without an encoder. */
function bertScoreOptions(flags: ScoreFlags, { progress, signal }: Session): BertScoreOptions | undefined {
  const { encoder, layer, idf, rescaleBaseline, fastTokenizer } = flags;
  if (encoder === undefined) {
    const alone = [
      [layer, "--layer"],
      [idf, "--idf"],
      [rescaleBaseline, "--rescale-baseline"],
      [fastTokenizer, "--fast-tokenizer"],
    ].find(([value]) => value !== undefined);
    if (alone) throw new UserError(`${alone[1]} is about BERTScore, which needs an encoder: name one with --encoder.`);
    return undefined;
  }
  let step = "";
  const show = (name: string, state: { done: number; total: number; unit: string; note?: string }) => {
    if (step !== name) progress.start(name);
    step = name;
    progress.update(state);
  };
  return {
    encoder,
    layer,
    idf,
    fastTokenizer,
    baseline:
      rescaleBaseline === undefined ? undefined : rescaleBaseline === true ? "published" : { file: rescaleBaseline },
    keepIn: matchesFolder(),
    signal,
    onDownload: ({ file, done, total }) => show(`download ${encoder}`, { done, total, unit: "bytes", note: file }),
    onProgress: ({ done, total }) => show("BERTScore", { done, total, unit: "pairs" }),
  };
}
