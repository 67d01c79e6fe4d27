/** `pocketreply score`: metrics of any two text files, whoever made them. */
import { formatBleu, scoreFiles } from "../evaluate/index.ts";
import type { Session } from "./session.ts";

/** The verb. */
export async function score(
  options: { candidates: string; references: readonly string[] },
  session: Session,
): Promise<void> {
  const scores = await scoreFiles(options);
  const { bleu, chrf, chrfPlusPlus, rouge } = scores;
  session.print(`${scores.segments} segments`);
  session.print(`${formatBleu(bleu)}\n  ${bleu.signature}`);
  for (const each of [chrf, chrfPlusPlus])
    session.print(`${each.name} = ${each.score.toFixed(2)}\n  ${each.signature}`);
  session.print(`ROUGE-L F = ${(100 * rouge.rougeL.fMeasure).toFixed(2)}\n  ${rouge.signature}`);
  session.printJson(scores);
}
