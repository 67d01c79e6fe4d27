import { withRecipe } from "../options.ts";
import type { FolderOptions } from "../session.ts";
import type { Verb } from "./verb.ts";

export const exportVerb: Verb<FolderOptions> = {
  name: "export",
  summary: "write the fine-tuned model for other programs: export/",
  declare: (command) => withRecipe(command),
  examples: [
    ["npx pocketreply export --run runs/mine", "PEFT adapter, merged safetensors, GGUF"],
    ["npx pocketreply export --run runs/mine 'export.formats=[gguf-q8_0]'", "one format alone"],
  ],
  run: async (options, session) => (await import("../export.ts")).exportRun(options, session),
};
