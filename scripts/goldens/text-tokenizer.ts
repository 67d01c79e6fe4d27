/** Writes golden/text/tokenizer.json and tokenizer_config.json: our own trainBpe on golden/text/training-text.txt. Run by text.py. */
import { readFileSync, writeFileSync } from "node:fs";
import { buildTokenizerConfig, trainBpe } from "../../src/tokens/index.ts";

const folder = new URL("../../golden/text/", import.meta.url);
const text = readFileSync(new URL("training-text.txt", folder), "utf8");
const write = (name: string, value: unknown) => writeFileSync(new URL(name, folder), `${JSON.stringify(value)}\n`);

write("tokenizer.json", trainBpe({ texts: text.split(/(?<=\n)/), vocabularySize: 1024 }));
write("tokenizer_config.json", buildTokenizerConfig({ maxTokens: 1024 }));
