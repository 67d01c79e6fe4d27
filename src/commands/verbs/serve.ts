import { Option } from "commander";
import type { FolderOptions } from "../../stages/index.ts";
import { modelOption, portNumber, type ServeOptions, withRecipe } from "../options.ts";
import { quickstartFolder, type Verb } from "./verb.ts";

export const serveVerb: Verb<FolderOptions & ServeOptions> = {
  name: "serve",
  summary: "answer over HTTP on this machine: /v1/chat/completions, /health",
  declare: (command) =>
    withRecipe(
      command
        .addOption(modelOption())
        .addOption(
          new Option("--port <n>", "port on 127.0.0.1; 0 picks a free one").default(8642).argParser(portNumber),
        ),
      { folder: quickstartFolder, overrides: false },
    ),
  examples: [
    ["npx pocketreply serve --run runs/mine", "until Ctrl-C"],
    [
      `curl http://127.0.0.1:8642/v1/chat/completions -H 'content-type: application/json' -d '{"messages":[{"role":"user","content":"Subject: Lunch?\\n\\nAre you free on Friday?"}]}'`,
      'the OpenAI shape; add "stream": true for a stream',
    ],
  ],
  run: async (options, session) => (await import("../serve.ts")).serve(options, session),
};
