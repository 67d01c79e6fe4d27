/** The tokenizer files of a model folder out of the metadata of a GGUF. */
import { join } from "node:path";
import { openGguf, writeJsonFile } from "../formats/index.ts";
import { ggufTokenizerFiles } from "./gguf-tokenizer.ts";

/** Writes tokenizer.json, tokenizer_config.json and generation_config.json for the GGUF at `path`. Throws UserError for a tokenizer of another kind than byte-level BPE. */
export async function writeGgufTokenizer(folder: string, path: string): Promise<void> {
  const gguf = await openGguf(path);
  await gguf.close();
  for (const [name, content] of Object.entries(ggufTokenizerFiles(path, gguf.metadata)))
    await writeJsonFile(join(folder, name), content);
}
