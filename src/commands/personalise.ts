/** `pocketreply personalise`: an adapter in the owner's own words, measured before it is used. */
import { runPaths } from "../run.ts";
import { forgetStyle, inRunFolder, personaliseStage } from "../stages/index.ts";
import { table } from "./layout.ts";
import type { PersonaliseOptions } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function personalise(options: FolderOptions & PersonaliseOptions, session: Session): Promise<void> {
  if (options.forget) {
    const forgotten = await forgetStyle(runPaths(options.run));
    session.print(forgotten ? "Nothing of your style is left here." : "There was nothing of your style here.");
    session.printJson({ forgotten });
    return;
  }
  const report = await inRunFolder(options, session, (context) => personaliseStage(context, options));
  const { perplexity, accepted, grounded, obeyed, firstTokenMs, verifier, refused } = report;
  const share = (value: number) => `${(100 * value).toFixed(0)} %`;
  session.print(
    table(
      ["on your later replies", "general", "yours", "five in the prompt", "you"],
      [
        ["perplexity of what you wrote", perplexity.general.toFixed(1), perplexity.mine.toFixed(1), "", ""],
        [
          ...["taken for yours by the verifier", share(accepted.general), share(accepted.mine)],
          ...[share(accepted.fewShot), share(accepted.own)],
        ],
        ["claims nothing beyond the mail", share(grounded.general), share(grounded.mine), "", ""],
        ["follows what it is told", share(obeyed.general), share(obeyed.mine), "", ""],
        [
          ...["first token, ms", firstTokenMs.general.toFixed(0), firstTokenMs.mine.toFixed(0)],
          ...[firstTokenMs.fewShot.toFixed(0), ""],
        ],
      ],
    ),
  );
  const taken = verifier.taken === null ? "?" : share(verifier.taken);
  session.print(
    `The verifier misses ${share(verifier.missed ?? 0)} of your texts and takes ${taken} of other people's for yours.`,
  );
  session.print(
    refused === null
      ? `Reply with it: npx pocketreply reply mail.eml --run ${options.run} --style mine`
      : `It is not used: ${refused}`,
  );
  session.printJson(report);
}
