import { withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const reportVerb: Verb<FolderOptions> = {
  name: "report",
  summary: "write the report of an evaluation anew: report.html",
  declare: (command) => withRecipe(command, { overrides: false }),
  examples: [["npx pocketreply report --run runs/mine", "one file, opened by any browser, nothing loaded"]],
  run: async (options, session) => (await import("../report.ts")).report(options, session),
};
