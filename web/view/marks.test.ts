import { describe, expect, it } from "vitest";
import { compareFacts, cutAt, findHits } from "./marks.ts";

const words = (text: string, marks: readonly { from: number; to: number; kind: string }[]) =>
  marks.map(({ from, to, kind }) => `${kind} ${text.slice(from, to)}`);

describe("marks", () => {
  it("show what mail and reply share, in either's writing, and what the reply adds", () => {
    const mail = "Hello Bob, can you send invoice 4711 by 3:30 pm? Thanks, Ann";
    const reply = "Hello Ann, invoice 4711 follows by 15:30, invoice 99 later.";
    const facts = compareFacts(mail, reply, "");
    expect(words(reply, facts.reply)).toEqual(["shared Ann", "shared 4711", "shared 15:30", "foreign 99"]);
    expect(words(mail, facts.mail)).toEqual(expect.arrayContaining(["shared 4711", "shared 3:30 pm", "shared Ann"]));
    expect(words(mail, facts.mail)).not.toContain("shared Bob");
  });

  it("find the words of a search in any case, and cut a text without losing a letter", () => {
    const text = "An INVOICE, an invoice.";
    const hits = findHits(text, "invoice  an");
    expect(words(text, hits)).toEqual(["hit INVOICE", "hit invoice", "hit An", "hit an"]);
    const pieces = cutAt(text, [{ from: 3, to: 10, kind: "shared" }, ...hits]);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    expect(pieces[2]).toEqual({ text: "INVOICE", kind: "shared" }); // the first given counts
    expect(findHits("İİ x", "x")).toEqual([]);
    expect(cutAt("", [])).toEqual([]);
  });
});
