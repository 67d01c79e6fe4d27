/** `pocketreply score`: metrics of any two text files, whoever made them. */
import { formatFileScores, type ScoreOptions, scoreFiles } from "../evaluate/index.ts";
import type { Session } from "./session.ts";

/** The verb. */
export async function score(options: ScoreOptions, session: Session): Promise<void> {
  const scores = await scoreFiles(options);
  for (const line of formatFileScores(scores)) session.print(line);
  session.printJson(scores);
}
