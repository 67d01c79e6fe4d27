import { type InspectOptions, jsonOption } from "../options.ts";
import type { Verb } from "./verb.ts";

export const inspectVerb: Verb<InspectOptions> = {
  name: "inspect",
  summary: "what a model file holds, and what would keep it from running: .pte, GGUF, safetensors, ONNX",
  declare: (command) => command.argument("<file>", "the file; its kind is told by its content").addOption(jsonOption()),
  examples: [
    ["npx pocketreply inspect runs/mine/export/model-8da8w.pte", "methods, context, end tokens, operators, sizes"],
    ["npx pocketreply inspect model.gguf", "architecture, tensors, tokenizer, template, whether it would stop"],
  ],
  afterword: "Exits 1 where the file has a problem.",
  run: async (options, session) => (await import("../inspect.ts")).inspect(options, session),
};
