/** `pocketreply personalise`: an adapter in the owner's own words, measured before it is used. */
import { pasteable } from "../errors.ts";
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
  const {
    perplexity,
    accepted,
    acceptedTold,
    acceptedBare,
    grounded,
    sound,
    obeyed,
    firstTokenMs,
    verifier,
    used,
    refused,
  } = report;
  const share = (value: number) => `${(100 * value).toFixed(0)} %`;
  const ms = (value: number) => value.toFixed(0);
  const shares = ({ general, habits, mine, fewShot }: typeof acceptedTold) =>
    [general, habits, mine, fewShot].map(share);
  session.print(
    table(
      ["on your later replies", "general", "in your habits", "and your words", "five in the prompt", "you"],
      [
        ["perplexity of what you wrote", perplexity.general.toFixed(1), "", perplexity.mine.toFixed(1), "", ""],
        ["taken for yours by the verifier", ...shares(accepted), share(accepted.own)],
        ["the same, told what to say", ...shares(acceptedTold), ""],
        ["the same, greeting and closing cut off", ...shares(acceptedBare), share(acceptedBare.own)],
        ["claims nothing beyond the mail", ...[grounded.general, grounded.habits, grounded.mine].map(share), "", ""],
        ["no loop, no broken word", ...[sound.general, sound.habits, sound.mine].map(share), "", ""],
        ["follows what it is told", share(obeyed.general), "", share(obeyed.mine), "", ""],
        ["first token, ms", ms(firstTokenMs.general), "", ms(firstTokenMs.mine), ms(firstTokenMs.fewShot), ""],
      ],
    ),
  );
  const taken = verifier.taken === null ? "?" : share(verifier.taken);
  session.print(
    `The verifier misses ${share(verifier.missed)} of your texts and takes ${taken} of other people's for yours.`,
  );
  if (used === "habits")
    session.print(`Your habits of greeting, ending and shortening words are used; the adapter is not: ${refused}`);
  session.print(
    used === null
      ? `It is not used: ${refused}`
      : `Reply with it: npx pocketreply reply mail.eml --run ${pasteable(options.run)} --style mine`,
  );
  session.printJson(report);
}
