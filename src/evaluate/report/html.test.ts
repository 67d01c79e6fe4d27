import { describe, expect, it } from "vitest";
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
