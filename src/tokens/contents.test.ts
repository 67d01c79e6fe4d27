import { expect, it } from "vitest";
import { requireUnchangedContents } from "./contents.ts";

const specialTokens = { bos: "<s>", eos: "</s>", all: ["<s>", "</s>"] };
const check = (template: string) => requireUnchangedContents({ template, dateString: "26 Jul 2024", specialTokens });
/** A template that writes each content by the expression `content`. */
const turns = (content: string) =>
  `{% for m in messages %}<|{{ m.role }}|>\n{{ ${content} }}</s>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}`;

it.each([
  ["m.content"],
  ["m.content | trim"],
  ["m.content.strip()"],
  ["' ' + m.content.rstrip() ~ '\\n'"],
  ["m['content'].split('</think>')[-1].lstrip('\\n')"],
  ["m.content.replace('/no_think', '').replace('/think', '')"],
  ["m.content | replace('<|im_end|>', '')"],
  ["m.content | string"],
  ["m.content ~ m.content"],
])("a template may write a content as %s", (content) => {
  check(turns(content));
});

it.each([
  ["m.content | upper", '"dear Anna 73101'],
  ["m.content | upper", 'becomes "stem|>\\nDEAR ANNA 73101'],
  ["m.content | lower", "dear anna 73101"],
  ["m.content | title", "Dear Anna 73101"],
  ["m.content | capitalize", '"dear Anna 73101,\\n" becomes "<|system|>\\nDear Anna 73101,\\n"'],
  ["m.content | replace('\\n', ' ')", 'becomes "dear Anna 73101,  the'],
  ["m.content.replace('\\n\\n', '\\n')", 'becomes "ear Anna 73101,\\nthe'],
  ["m.content | replace('  ', ' ')", "- 100 €, it's"],
  ["m.content.replace(\"'\", '’')", "it’s"],
  ["m.content | tojson", 'becomes "dear Anna 73101,\\\\n'],
  ["m.content[:200]", 'becomes "d8 word9 word10 </s>\\n<|user|>'],
  ["m.content[1:]", 'becomes "<|system|>\\near Anna'],
  ["m.content.split('\\n')[0]", 'becomes "dear Anna 73101,</s>'],
  ["m.content.split() | join(' ')", 'becomes "dear Anna 73101, the'],
  ["m.content | replace('http:', '')", "🙂 //example.o"],
])("a template that writes %s is refused, with what it does", (content, what) => {
  expect(() => check(turns(content))).toThrow(
    /^The chat template changes what a system message says: ".*" becomes ".*"\. .* Use a template that writes message\.content as it is/,
  );
  expect(() => check(turns(content))).toThrow(what);
});

it("a change of one role alone is found, and one of the reply", () => {
  const only = (role: string) => turns(`m.content | upper if m.role == '${role}' else m.content`);
  for (const role of ["system", "user", "assistant"])
    expect(() => check(only(role))).toThrow(`changes what a ${role} message says`);
});

it("what a template refuses or leaves out is told where a prompt is made", () => {
  expect(() => check("{{ raise_exception('no system role') }}")).toThrow("could not be rendered: no system role");
  check("hello");
  check(
    "{% for m in messages %}{% if m.role == 'assistant' %}{{ raise_exception('no') }}{% endif %}{{ m.content }}{% endfor %}",
  );
});
