import { afterEach, describe, expect, it } from "vitest";
import { loadRecipe } from "../recipe.ts";
import { findRecipe } from "../shipped.ts";
import { chooseBase } from "./quickstart.ts";

const before = process.env.POCKETREPLY_SMOLLM2;
afterEach(() => {
  if (before === undefined) delete process.env.POCKETREPLY_SMOLLM2;
  else process.env.POCKETREPLY_SMOLLM2 = before;
});

describe("quickstart --base", () => {
  const plain = { run: "runs/quickstart", set: ["train.epochs=2"] };

  it("takes a recipe for pretrained models and a folder of its own; what is named otherwise stays", async () => {
    delete process.env.POCKETREPLY_SMOLLM2;
    const chosen = chooseBase({ ...plain, base: "smollm2-135m" });
    expect(chosen).toEqual({
      run: "runs/quickstart-smollm2-135m",
      recipe: "quickstart-smollm2",
      set: ["base=HuggingFaceTB/SmolLM2-135M-Instruct", "train.epochs=2"],
    });
    const recipe = await loadRecipe(findRecipe(chosen.recipe!), chosen.set);
    expect([recipe.base, recipe.train.epochs, recipe.train.batchSize]).toEqual([
      "HuggingFaceTB/SmolLM2-135M-Instruct",
      2,
      2,
    ]);
    expect(chooseBase({ ...plain, run: "runs/mine", recipe: "pocket", base: "models/Qwen.Q8_0.gguf" })).toEqual({
      run: "runs/mine",
      recipe: "pocket",
      set: ["base=models/Qwen.Q8_0.gguf", "train.epochs=2"],
    });
    expect(chooseBase({ ...plain, base: "models/Qwen.Q8_0.gguf" }).run).toBe("runs/quickstart-Qwen.Q8_0");
    expect(chooseBase(plain)).toEqual(plain);
  });

  it("takes SmolLM2 from where POCKETREPLY_SMOLLM2 says it lies", () => {
    process.env.POCKETREPLY_SMOLLM2 = "here/SmolLM2.gguf";
    expect(chooseBase({ ...plain, base: "smollm2-135m" }).set[0]).toBe("base=here/SmolLM2.gguf");
  });
});
