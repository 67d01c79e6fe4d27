import { describe, expect, it } from "vitest";
import { diffWords } from "./diff.ts";
import { escapeHtml, html, join } from "./html.ts";

describe("html", () => {
  it("escapes every value that is not HTML already", () => {
    const hostile = `<script>alert("1")</script>&'`;
    expect(html`<p title="${hostile}">${hostile}${html`<b>${"<"}</b>`}${null}${7}</p>`.html).toBe(
      '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;<b>&lt;</b>7</p>',
    );
    expect(join([html`<i>a</i>`, html`${"&"}`]).html).toBe("<i>a</i>&amp;");
  });

  it("replaces what HTML forbids, and keeps tabs, line ends and emoji", () => {
    expect(escapeHtml("a\0b\x07c\ud800d\udc00e\uffff")).toBe("a\ufffdb\ufffdc\ufffdd\ufffde\ufffd");
    expect(escapeHtml("tab\tline\nend\r\n 😀 é")).toBe("tab\tline\nend\r\n 😀 é");
  });
});

describe("diffWords", () => {
  const marked = (a: string, b: string) => {
    const diff = diffWords(a, b);
    const show = (pieces: typeof diff.a) => pieces.map(({ text, shared }) => (shared ? text : `[${text}]`)).join("");
    return [show(diff.a), show(diff.b)];
  };

  it("marks the words that only one side has", () => {
    expect(marked("I will call you on Monday.", "I will call you on Friday.")).toEqual([
      "I will call you on [Monday].",
      "I will call you on [Friday].",
    ]);
    expect(marked("Yes, that works well.", "Yes, that day works well.")).toEqual([
      "Yes, that works well.",
      "Yes, that [day ]works well.",
    ]);
  });

  it("gives back both texts, letter for letter", () => {
    for (const [a, b] of [
      ["", ""],
      ["", "a b"],
      ["  x\n\ny ", "x y!"],
      ["Größe — 😀 ok", "größe 😀"],
    ]) {
      const diff = diffWords(a, b);
      expect([diff.a, diff.b].map((pieces) => pieces.map(({ text }) => text).join(""))).toEqual([a, b]);
    }
  });

  it("does not tear differing texts at a lone short word", () => {
    expect(marked("Alpha beta to gamma delta", "One two to three four")[0]).toBe("[Alpha beta to gamma delta]");
  });

  it("is quick for huge texts", () => {
    const started = performance.now();
    const diff = diffWords("a ".repeat(200_000), "b ".repeat(200_000));
    expect(diff.a).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
