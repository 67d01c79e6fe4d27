/** `pocketreply job`: the training as a folder that PyTorch runs elsewhere, and the command that launches it. */

import { join } from "node:path";
import { pasteable } from "../errors.ts";
import { inRunFolder, jobStage } from "../stages/index.ts";
import type { JobFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function job(options: FolderOptions & JobFlags, session: Session): Promise<void> {
  const { target, nodes, gpus, gpu, store = null, spot = false } = options;
  session.progress.start("job");
  const machines = { target, nodes, gpusPerNode: gpus, gpu, store, spot };
  const { folder, file, command, fetch } = await inRunFolder(options, session, (context) =>
    jobStage(context, machines),
  );
  session.progress.finish(`✓ job: ${folder}`);
  session.print(
    [
      `${folder} holds everything the training needs: sequences, plan, base, program${file ? `, ${file.name}` : ""}. Launch it:`,
      "",
      `  ${command}`,
      "",
      `The results will be in ${fetch}. Copy checkpoints/, steps.jsonl and best.json from there into ${options.run}, then:`,
      "",
      `  npx pocketreply train --run ${pasteable(options.run)}`,
    ].join("\n"),
  );
  session.printJson({ folder, file: file && join(folder, file.name), command, results: fetch });
}
