/** `pocketreply score`: metrics of any two text files, whoever made them. */
import { formatFileScores, scoreFiles } from "../evaluate/index.ts";
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
  });
  for (const line of formatFileScores(scores)) session.print(line);
  session.printJson(scores);
}
