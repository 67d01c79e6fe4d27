import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { defaultRecipe, flattenRecipe, loadRecipe, resolveRecipe, stageOfKey } from "./recipe.ts";
import { stageNames } from "./run.ts";

const recipesFolder = fileURLToPath(new URL("../recipes", import.meta.url));

function fileWith(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "recipe-")), "mine.yaml");
  writeFileSync(path, text);
  return path;
}

describe("the paper's numbers", () => {
  it("are the defaults", () => {
    const { distill, train, evaluate } = defaultRecipe();
    expect(distill).toMatchObject({ sample: 50_000, refinements: 3, concurrency: 50 }); // §3.1, §3.2.1
    expect(train).toMatchObject({ method: "lora", rank: 16, alpha: 16, rsLora: true }); // §3.3.1
    expect(train.targets).toHaveLength(7);
    expect(train).toMatchObject({ batchSize: 32, accumulation: 2, epochs: 2, learningRate: 5e-5, warmupSteps: 100 }); // §3.3.2
    expect(train).toMatchObject({ maxGradNorm: 2, checkpointEvery: 100, maxTokens: 1024, testFraction: 0.05 }); // §3.3.2–4
    expect(evaluate.samples).toBe(5000); // §4
  });

  it("are what recipes/paper.yaml runs: it changes the base and the teacher, no number", async () => {
    const { sources } = await resolveRecipe(join(recipesFolder, "paper.yaml"));
    const changed = [...sources].filter(([, source]) => source !== "default").map(([key]) => key);
    expect(changed.sort()).toEqual([
      "base",
      "distill.prompts",
      "name",
      "teacher.apiKeyEnv",
      "teacher.baseUrl",
      "teacher.model",
    ]);
  });
});

describe("stageOfKey", () => {
  it("knows of every key what it shapes, those of endpoints that are null by default included", () => {
    const recipe = defaultRecipe();
    const { teacher } = recipe;
    const all = { ...recipe, judge: teacher, evaluate: { ...recipe.evaluate, judge: teacher, predictor: teacher } };
    const keys = [...flattenRecipe(all).keys(), "judge", "evaluate.judge", "evaluate.predictor", "import.fields.body"];
    expect(keys.length).toBeGreaterThan(130);
    for (const key of keys) expect([...stageNames, null], key).toContain(stageOfKey(key));
  });

  it("takes the innermost mark, and has none for a key that is not there", () => {
    expect(stageOfKey("import.filters.bounce")).toBe("import");
    expect(stageOfKey("import.imap.passwordEnv")).toBeNull();
    expect(stageOfKey("distill.threshold")).toBe("train"); // chooses among paid calls until training has read the choice
    expect(stageOfKey("judge.model")).toBe("distill");
    expect(stageOfKey("judge.price.input")).toBeNull();
    expect(() => stageOfKey("train.epoch")).toThrow("train.epoch says what it shapes");
  });
});

describe("loadRecipe", () => {
  it("reads every recipe that ships, each named like its file", async () => {
    const files = readdirSync(recipesFolder).filter((file) => file !== "gates.yaml"); // for `gate`, no recipe
    expect(files).toContain("quickstart.yaml");
    for (const file of files)
      expect((await loadRecipe(join(recipesFolder, file))).name).toBe(file.replace(".yaml", ""));
  });

  it("lays overrides over the file, and the file over the defaults, and knows which is which", async () => {
    const { recipe, sources } = await resolveRecipe(fileWith("train:\n  epochs: 5\n  rank: 8\n"), ["train.epochs=7"]);
    expect(recipe.train).toEqual({ ...defaultRecipe().train, epochs: 7, rank: 8 });
    expect(sources.get("train.epochs")).toBe("override");
    expect(sources.get("train.rank")).toBe("file");
    expect(sources.get("train.alpha")).toBe("default");
    expect(sources.size).toBe(flattenRecipe(recipe).size);
  });

  it("gives an override the type of what it replaces", async () => {
    const overrides = [
      "teacher.model=4",
      "train.rsLora=false",
      "train.learningRate=1e-3",
      "export.formats=[adapter, gguf-f32]",
      "student.systemPrompt=Answer: briefly",
      "import.fields.body=text",
    ];
    const recipe = await loadRecipe(undefined, overrides);
    expect(recipe.teacher.model).toBe("4");
    expect(recipe.train.rsLora).toBe(false);
    expect(recipe.train.learningRate).toBe(1e-3);
    expect(recipe.export.formats).toEqual(["adapter", "gguf-f32"]);
    expect(recipe.student.systemPrompt).toBe("Answer: briefly");
    expect(recipe.import.fields).toEqual({ body: "text" });
  });

  it("takes a judge of its own, and null for the teacher", async () => {
    const judge = { baseUrl: "http://localhost:1/v1", model: "j", apiKeyEnv: "KEY" };
    const set = ["judge.baseUrl=http://localhost:1/v1", "judge.model=j", "judge.apiKeyEnv=KEY"];
    expect((await loadRecipe(undefined, set)).judge).toMatchObject(judge);
    expect((await loadRecipe(fileWith(`judge: ${JSON.stringify(judge)}`), ["judge=null"])).judge).toBeNull();
  });

  it("takes a judge of address and model alone, and any keys with their own types for the body of requests", async () => {
    const { judge, teacher } = await loadRecipe(undefined, [
      ...["judge.baseUrl=http://localhost:1/v1", "judge.model=4", "teacher.extraBody.reasoning_effort=none"],
      ...["teacher.extraBody.chat_template_kwargs.enable_thinking=false", "teacher.headers.x-id=007"],
    ]);
    expect(judge).toMatchObject({ model: "4", apiKeyEnv: "OPENAI_API_KEY", responseFormat: "auto" });
    expect(teacher.extraBody).toEqual({ reasoning_effort: "none", chat_template_kwargs: { enable_thinking: false } });
    expect(teacher.headers).toEqual({ "x-id": "007" });
  });

  it("reads an empty file as the defaults", async () => {
    expect(await loadRecipe(fileWith("# nothing yet\n"))).toEqual(defaultRecipe());
  });

  const bad: [what: string, file: string | undefined, overrides: string[], message: string[]][] = [
    ["an unknown key", "train:\n  epoch: 3\n", [], ['train: unknown key "epoch"', "Known keys here: method, rank"]],
    [
      "an unknown section",
      "training: {}\n",
      [],
      ['(top): unknown key "training"', "Known keys here: name, seed, base"],
    ],
    [
      "an unknown key of the judge",
      "judge:\n  url: x\n",
      [],
      ['judge: unknown key "url"', "baseUrl, model, extraBody, apiKeyEnv"],
    ],
    ["a wrong type", "train:\n  epochs: three\n", [], ["train.epochs: ", "expected number, received string"]],
    ["a number out of range", "distill:\n  threshold: 80\n", [], ["distill.threshold: ", "<=1"]],
    ["a word that is no choice", "train:\n  method: qlora\n", [], ["train.method: ", '"lora"|"full"']],
    ["two mistakes at once", "seed: x\ntrain:\n  rank: 0\n", [], ["seed: ", "train.rank: "]],
    ["broken YAML", "train: [1,\n", [], ["is not valid YAML"]],
    ["a list", "- train\n", [], ["must be a YAML map", "not a list"]],
    ["an override without =", undefined, ["train.epochs"], ['"train.epochs" is not of the form key.path=value']],
    ["an unknown override", undefined, ["train.epoch=3"], ['unknown key "epoch" in train', "epochs"]],
    ["an override below a value", undefined, ["train.epochs.many=3"], ["train.epochs is a value"]],
    ["an override of a wrong type", undefined, ["train.epochs=three"], ["train.epochs: ", "expected number"]],
    ["an override that reaches for the prototype", undefined, ["__proto__.polluted=1"], ['unknown key "__proto__"']],
    ["an override of broken YAML", undefined, ["train.epochs=[1"], ["is not valid YAML"]],
  ];
  for (const [what, file, overrides, messages] of bad) {
    it(`refuses ${what} with a message that says what and where`, async () => {
      const failed = loadRecipe(file === undefined ? undefined : fileWith(file), overrides);
      await expect(failed).rejects.toMatchObject({ name: "UserError" });
      for (const message of messages) await expect(failed).rejects.toThrow(message);
    });
  }

  it("says that a recipe file is not there, and where the shipped ones are", async () => {
    await expect(loadRecipe("nowhere.yaml")).rejects.toThrow(
      "The recipe nowhere.yaml cannot be read (ENOENT). The recipes that ship are in recipes/.",
    );
  });
});
