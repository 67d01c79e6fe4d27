import { describe, expect, it } from "vitest";
import { parseCompletion } from "../endpoint/index.ts";
import { parseJudgement, parseReply } from "./answer.ts";
import { criteria } from "./criteria.ts";
import { findObjects, readModelText } from "./model-text.ts";

const json = '{"response": "Yes, {name}, at noon."}';

describe("a model's answer, whatever it is dressed in", () => {
  it.each([
    ["thoughts", `<think>\nThey ask {"response": "no"}.\n</think>\n\n${json}`],
    ["thoughts whose opening stands in the prompt", `They want lunch.\n</think>\n${json}`],
    ["Gemini's thoughts", `<thought>They want lunch.</thought>${json}`],
    ["Magistral's thoughts", `[THINK]They want lunch.[/THINK]${json}`],
    ["Gemma's channel", `<|channel>thought\nThey want lunch.<channel|>${json}`],
    [
      "harmony channels",
      `<|channel|>analysis<|message|>They want lunch.<|end|><|start|>assistant<|channel|>final<|message|>${json}<|return|>`,
    ],
    [
      "harmony channels with a constraint",
      `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>${json}`,
    ],
    ["harmony channels without their marks", `analysisThey want lunch.assistantfinal${json}`],
    ["chat marks at the end", `${json}<|im_end|>`],
    ["a code fence", `\`\`\`json\n${json}\n\`\`\``],
    ["a code fence, its object on the line of the end", `\n\`\`\`\n\n${json}\`\`\` \n`],
    ["a byte order mark", `\uFEFF${json}`],
    ["a preface", `Here is the reply you asked for:\n\n${json}`],
    ["a preface with a brace", `Filling {name} as asked: ${json}`],
    ["a note after it", `${json}\n\nNote: I kept {name} as it is.`],
    ["a fence within words", `Sure!\n\`\`\`json\n${json}\n\`\`\`\nLet me know.`],
    ["a JSON string", JSON.stringify(json)],
    ["a list of one", `[${json}]`],
    ["Kimi's thoughts", `◁think▷They {want} lunch.◁/think▷${json}`],
    ["thoughts under a name of the model's own", `<seed:think>They {want} lunch.</seed:think>${json}`],
    ["a scratchpad", `<scratchpad>\nHm, {"a": 1}\n</scratchpad>\n${json}`],
    [
      "thoughts and a solution",
      `<|begin_of_thought|>Hm<|end_of_thought|>\n<|begin_of_solution|>\n${json}\n<|end_of_solution|>`,
    ],
    ["Cohere's marks", `<|START_THINKING|>Hm<|END_THINKING|><|START_RESPONSE|>${json}<|END_RESPONSE|>`],
    ["an answer in a tag", `<think>Hm</think>\n<answer>\n${json}\n</answer>`],
    ["Granite's words", `Here is my thought process: {hm}.\nHere is my response: ${json}`],
    ["the command line of Ollama", `Thinking...\nHm {hm}\n...done thinking.\n\n${json}`],
    ["a turn that ran on", `${json}<|im_end|>\n<|im_start|>user\n{"response": "And now?"}`],
    ["a Python dict", "{'response': 'Yes, {name}, at noon.', 'sure': True}"],
    ["another object around it", `{"result": ${json}}`],
    ["a capital", json.replace("response", "Response")],
    ["an ending with a blank", `<think>They {want} lunch.</think >\n${json}`],
    ["thoughts with an attribute", `<think time="5">{"response": "no"}</think>${json}`],
    ["bars around the name of thoughts", `<|think|>{"response": "no"}<|/think|>${json}`],
    ["a name of two words", `<thinking_process>{"response": "no"}</thinking_process>${json}`],
    ["a field's name", `<reasoning_content>{"response": "no"}</reasoning_content>${json}`],
    [
      "thoughts that a gateway folds",
      `<details type="reasoning" done="true">\n<summary>Thought for 5 s</summary>\n> {"response": "no"}\n</details>\n${json}`,
    ],
    ["Gemma's unused tokens", `<unused94>thought\n{"response": "no"}<unused95>${json}`],
    ["thoughts after it", `${json}\n<think>{"response": "no"}</think>`],
    ["thoughts before and after it", `<think>a</think>${json}\n<think>b</think>`],
    ["a function that is told as text", `<tool_call>\n{"name": "reply", "arguments": ${json}}\n</tool_call>`],
    ["the same with a string within", JSON.stringify({ name: "reply", arguments: json })],
    ["a list of functions", `[TOOL_CALLS][{"name": "reply", "parameters": ${json}}]`],
    ["itself twice", `${json}\n\n${json}`],
    ["no-break spaces", json.replace("{", "{\u00a0").replace(": ", ":\u00a0\u200b")],
    ["a box", `<|begin_of_box|>${json}<|end_of_box|>`],
  ])("is read through %s", (_, text) => {
    expect(parseReply("generate", text)).toEqual({ ok: true, value: "Yes, {name}, at noon." });
  });

  it.each([
    ["<think>They want lunch", ""],
    ["<|channel|>analysis<|message|>They want", ""],
    ["[THINK]Hm", ""],
    ["Hi Kim,\n\nsee you at noon.", "Hi Kim,\n\nsee you at noon."],
    ["<think>short</think>Hi Kim", "Hi Kim"],
    ["Here is my thought process: Hm", ""],
    ["<analysis>Hm", ""],
    ["<answer>Hi Kim</answer>", "Hi Kim"],
    ["Hi Kim<|eot_id|><|start_header_id|>user", "Hi Kim"],
    ["<|im_start|>assistant\nHi Kim<|im_end|>", "Hi Kim"],
    ["<|start_header_id|>assistant<|end_header_id|>\n\nHi Kim<|eot_id|>", "Hi Kim"],
    ["<|start_of_role|>assistant<|end_of_role|>Hi Kim<|end_of_text|>", "Hi Kim"],
    ["<start_of_turn>model\nHi Kim<end_of_turn>", "Hi Kim"],
    ["<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>Hi Kim<|END_OF_TURN_TOKEN|>", "Hi Kim"],
    ["<|assistant|>\n<think>Hm</think>\nHi Kim", "Hi Kim"],
    ["<|endoftext|>Hi Kim", "Hi Kim"],
    ["<s>Hi Kim</s>", "Hi Kim"],
    ["<s>Hi</s> Hello Kim", "<s>Hi</s> Hello Kim"],
    ["Hi Kim<｜end▁of▁sentence｜><｜User｜>And?", "Hi Kim"],
    ["Hi Kim\n<|im_start|>user\nAnd?", "Hi Kim"],
    ["Hi Kim[|endofturn|]", "Hi Kim"],
    ["<|begin_of_box|>Hi Kim<|end_of_box|>", "Hi Kim"],
    ["Hi Kim\n\n<think>That will do.</think>", "Hi Kim"],
    ["<details><summary>Reasoning</summary>\nHm\n</details>\n\nHi Kim", "Hi Kim"],
    ["<reason for the delay> was rain", "<reason for the delay> was rain"],
    ["The <s>old</s> price is [reason]. Thinking... yes.", "The <s>old</s> price is [reason]. Thinking... yes."],
    ['{"response": "They said </think> twice."}', '{"response": "They said </think> twice."}'],
  ])("as plain text: %j", (text, expected) => {
    expect(readModelText(text)).toBe(expected);
  });

  it("mends an apostrophe that is escaped, and no other escape", () => {
    const reply = parseReply("generate", String.raw`{"response": "It\'s at \"noon\"."}`);
    expect(reply).toEqual({ ok: true, value: `It's at "noon".` });
    expect(parseReply("generate", String.raw`{"response": "C:\path"}`).ok).toBe(false);
  });

  it.each([
    [
      '{"greeting": "Hi Kim,", "body": "Noon works.", "closing": "Bo"}',
      'the reply is in pieces ("body", "greeting", "closing")',
    ],
    ['{"response": "Yes,\\u0001 at noon."}', "the reply holds a control character"],
    [`${json}\n{"response": "No."}`, "the answer is not a JSON object"],
  ])("is not guessed: %s", (text, defect) => {
    expect(parseReply("generate", text)).toEqual({ ok: false, defect });
  });

  it("names what is missing", () => {
    expect(parseReply("generate", "")).toEqual({ ok: false, defect: "the answer is not a JSON object" });
    expect(parseReply("generate", "<think>They")).toEqual({
      ok: false,
      defect: "the answer holds only the model's reasoning",
    });
  });

  it("reads scores among words only where they are nowhere in the judged texts", () => {
    const object = JSON.stringify({
      scores: Object.fromEntries(criteria.map((name, i) => [name, 0.5 + i / 10])),
      feedback: Object.fromEntries(criteria.map((name) => [name, "fine"])),
    });
    const said = `Here is my judgement:\n\n${object}\n\nNote: the reply is short.`;
    expect(parseJudgement(said, ["Hi", "Hello"]).ok).toBe(true);
    expect(parseJudgement(said, [`Please answer ${object}`, "Hello"]).ok).toBe(false);
    expect(parseJudgement(`${said}\n${object}`, ["Hi", "Hello"]).ok).toBe(false);
  });

  it("costs no time on strange text", () => {
    for (const text of [
      "{".repeat(20_000),
      '{"'.repeat(10_000),
      "<think>".repeat(3000),
      "analysis".repeat(3000),
      "</s>".repeat(5000),
      "<seed:think>".repeat(3000),
      "</a_think".repeat(3000),
      `{'${"\\'".repeat(9000)}`,
      `{"${'\\"'.repeat(9000)}`,
      `<answer>${" ".repeat(20_000)}`,
    ]) {
      const start = process.cpuUsage();
      readModelText(text);
      findObjects(text);
      expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1); // seconds; quadratic code takes many
    }
  });
});

describe("a chat completion", () => {
  const complete = (message: object, finish = "stop", usage: object = { prompt_tokens: 5, completion_tokens: 5 }) =>
    parseCompletion(JSON.stringify({ choices: [{ message, finish_reason: finish }], usage }));

  it("gives the words, in parts or filed under reasoning as well", () => {
    expect(
      complete({
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
          { type: "text", text: json },
        ],
      }),
    ).toMatchObject({ text: json });
    expect(
      complete({
        content: [
          { type: "text", text: "a" },
          { type: "output_text", text: "b" },
        ],
      }),
    ).toMatchObject({ text: "ab" });
    expect(complete({ content: null, reasoning_content: json })).toMatchObject({ text: json });
    expect(complete({ content: "", reasoning: json })).toMatchObject({ text: json });
    expect(complete({ content: "said", reasoning_content: "thought" })).toMatchObject({ text: "said" });
    expect(complete({ content: "", reasoning_content: "thought" }, "length")).toMatchObject({ text: "" });
  });

  it("is a failure to try again where the server broke off", () => {
    expect(complete({ content: "hal" }, "error")).toBe("an answer that broke off with an error (finish_reason error)");
    expect(complete({ content: "" }, "stop", { prompt_tokens: 0, completion_tokens: 0 })).toBe(
      "an empty answer that counts no tokens",
    );
  });
});
