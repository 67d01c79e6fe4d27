/**
 * A Modelfile for Ollama (ollama docs/modelfile.md): the GGUF, the frame of a prompt as a Go template, the tokens at which a reply ends, the
 * system prompt and greedy sampling. The date of the prompt stands in the template, pinned as in training.
 */
import { UserError } from "../errors.ts";
import { renderPromptSegments, type Tokenizer } from "../tokens/index.ts";
import type { ModelMetadata } from "./gguf.ts";

/** Stand for the contents while the template is rendered; no template writes them, and none trims them. */
const SYSTEM = "\uE100system\uE101";
const PROMPT = "\uE100prompt\uE101";

/**
 * The frame of one mail and its reply as Ollama's template: `.System` and `.Prompt` where the contents stand, `.Response` where the reply begins.
 * The begin token is left out where the GGUF says that it is put before every text.
 */
export function ollamaTemplate(
  tokenizer: Tokenizer,
  { dateString, addsBos }: { dateString: string; addsBos: boolean },
): string {
  const segments = renderPromptSegments({
    template: tokenizer.chatTemplate,
    messages: [
      { role: "system", content: SYSTEM },
      { role: "user", content: PROMPT },
    ],
    dateString,
    addGenerationPrompt: true,
    specialTokens: tokenizer.specialTokens,
  });
  const { bos } = tokenizer.specialTokens;
  const [first, ...rest] = segments;
  const parts = addsBos && first?.special && first.text === bos ? rest : segments;
  const text = parts.map((segment) => segment.text).join("");
  const end = tokenizer.decode(tokenizer.endIds.slice(0, 1));
  const literal = (part: string) => part.replace(/\{\{/g, '{{ "{{" }}'); // braces of the template itself are text
  const [beforeSystem, afterSystem = ""] = text.split(SYSTEM);
  const [between, after = ""] = afterSystem.split(PROMPT);
  return `${literal(beforeSystem)}{{ .System }}${literal(between)}{{ .Prompt }}${literal(after)}{{ .Response }}${literal(end)}`;
}

/** The content of a Modelfile over the GGUF `file`, which lies beside it. Throws UserError for a frame that a Modelfile cannot hold. */
export function modelfile(options: {
  file: string;
  tokenizer: Tokenizer;
  metadata: ModelMetadata;
  addsBos: boolean;
}): string {
  const { file, tokenizer, metadata, addsBos } = options;
  const template = ollamaTemplate(tokenizer, { dateString: metadata.dateString, addsBos });
  for (const [what, text] of [
    ["chat template", template],
    ["system prompt", metadata.systemPrompt],
  ])
    if (text.includes('"""'))
      throw new UserError(`A Modelfile cannot hold a ${what} with """ in it. Leave out ollama.`);
  const stops = tokenizer.endIds.map((id) => tokenizer.decode([id]));
  return [
    "# ollama create NAME -f Modelfile",
    `FROM ./${file}`,
    `TEMPLATE """${template}"""`,
    `SYSTEM """${metadata.systemPrompt}"""`,
    ...stops.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
    "PARAMETER temperature 0",
    ...(metadata.license === undefined ? [] : [`LICENSE """${metadata.license}"""`]),
    "",
  ].join("\n");
}

/** The prompt of a mail as Ollama renders it from a Modelfile of ours: Go's text/template as far as one uses it, up to where the reply begins. */
export function renderModelfile(text: string, email: string): string {
  const part = (key: string) => new RegExp(`^${key} """([\\s\\S]*?)"""$`, "m").exec(text)?.[1] ?? "";
  const values = new Map([
    [".System", part("SYSTEM")],
    [".Prompt", email],
  ]);
  const [frame] = part("TEMPLATE").split("{{ .Response }}");
  return frame.replace(/\{\{ (\.\w+|"[^"]*") \}\}/g, (_, found: string) => values.get(found) ?? found.slice(1, -1));
}
