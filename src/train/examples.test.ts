import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { defaultRecipe } from "../recipe.ts";
import { loadTokenizer, type Tokenizer } from "../tokens/index.ts";
import { encodeReplies } from "./examples.ts";

const pocketBase = fileURLToPath(new URL("../../models/pocket-base", import.meta.url));

function row(id: string, body: string, reply: string) {
  return { id, mail: `From: Ada\nSubject: Report\n\n${body}`, reply };
}
const good = (count: number) => Array.from({ length: count }, (_, i) => row(`g${i}`, "Could you send it?", "Gladly."));
const recipe = defaultRecipe();
const small = { ...recipe, train: { ...recipe.train, maxTokens: 80 } };

describe("encodeReplies", async () => {
  const tokenizer = await loadTokenizer(pocketBase);

  test("counts what cannot be trained on and cuts long mails, within five in a hundred", () => {
    const rows = [
      ...good(37),
      row("long-mail", "word ".repeat(400), "Gladly."),
      row("long-reply", "Could you?", "word ".repeat(200)),
      row("empty", "Could you?", "  "),
    ];
    const { examples, truncated, tooLong, masked } = encodeReplies(rows, tokenizer, small);
    expect(examples.size).toBe(38);
    expect({ truncated, tooLong, masked }).toEqual({ truncated: 1, tooLong: ["long-reply"], masked: ["empty"] });
    expect(examples.get("long-mail")!.ids.length).toBeLessThanOrEqual(80);
  });

  test("stops above that and says which, why and what to do", () => {
    const rows = [...good(36), row("a", "Could you?", "word ".repeat(200)), row("b", "Could you?", "")];
    expect(() => encodeReplies(rows, tokenizer, small)).toThrow(
      "2 of 38 replies cannot be trained on: 1 do not fit into train.maxTokens = 80 with their mail, 1 have nothing to learn (the first: a, b).",
    );
    const lenient = { ...small, train: { ...small.train, maxLostFraction: 0.1 } };
    expect(encodeReplies(rows, tokenizer, lenient).examples.size).toBe(36);
  });

  test("the end of the turn carries loss: it is the last target of every example", () => {
    for (const { ids, completionStart } of encodeReplies(good(3), tokenizer, recipe).examples.values()) {
      expect(ids.at(-1)).toBe(tokenizer.endIds[0]);
      expect(completionStart).toBeLessThan(ids.length - 1);
    }
  });

  test("what the tokenizer or the template says is not taken for a matter of length", () => {
    const broken: Tokenizer = {
      ...tokenizer,
      encode: () => {
        throw new Error("the vocabulary lacks this");
      },
    };
    expect(() => encodeReplies(good(1), broken, recipe)).toThrow("the vocabulary lacks this");
  });
});
