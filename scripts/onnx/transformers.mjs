/**
 * Answers a mail with an exported folder onnx-KIND by transformers.js, from the files as they are:
 *
 *   npm install --prefix FOLDER --ignore-scripts @huggingface/transformers@4.3.2
 *   node scripts/onnx/transformers.mjs FOLDER RUN/export onnx-int8 [MAIL.txt]
 *
 * Prints the number of prompt ids and the greedy reply; scripts/onnx/genai.py prints the same by onnxruntime-genai.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, models, name, mail] = process.argv.slice(2);
const entry = createRequire(join(resolve(folder), "package.json")).resolve("@huggingface/transformers");
const { AutoTokenizer, AutoModelForCausalLM, env } = await import(pathToFileURL(entry).href);
env.allowRemoteModels = false;
env.localModelPath = resolve(models);
const content = mail ? readFileSync(mail, "utf8").trim() : "From: Ann\nSubject: Lunch\n\nAre you free at noon?";
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModelForCausalLM.from_pretrained(name);
const messages = [
  { role: "system", content: "Reply to this email." },
  { role: "user", content },
];
const inputs = tokenizer.apply_chat_template(messages, { add_generation_prompt: true, return_dict: true });
const result = await model.generate({ ...inputs, max_new_tokens: 60, do_sample: false });
const [, promptIds] = inputs.input_ids.dims;
const reply = tokenizer.decode(result.tolist()[0].slice(promptIds), { skip_special_tokens: true });
console.log(`${name}: ${promptIds} prompt ids, ${JSON.stringify(reply)}`);
