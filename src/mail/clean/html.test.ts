import { describe, expect, it } from "vitest";
import { htmlToText } from "./html.ts";

describe("htmlToText", () => {
  it("reads paragraphs, lists, tables, links and quotes as a person does", () => {
    const html =
      '<h1>Hi <b>Ann</b></h1><p>See <a href="https://x.example/?id=1">the page</a>.<br>Bye</p><ul><li>one<li>two</ul><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table><blockquote>old<br>mail</blockquote><img src=x alt=pixel>';
    expect(htmlToText(html)).toBe("Hi Ann\n\nSee the page.\nBye\n\n- one\n- two\n\na b\n\nc\n\n> old\n> mail");
  });

  it("keeps what stands in blocks of their own apart", () => {
    expect(htmlToText("<details open><summary>Agenda</summary>Budget</details>")).toBe("Agenda\nBudget");
    expect(htmlToText("<dl><dt>When</dt><dd>Friday</dd></dl><center>Ann</center>Bob")).toBe("When\nFriday\nAnn\nBob");
    expect(htmlToText("<figure><img src=x><figcaption>A map</figcaption></figure><address>5 Mill Lane</address>")).toBe(
      "A map\n5 Mill Lane",
    );
  });

  const hidden = [
    '<div style="display:none">SECRET</div>',
    '<div style="DISPLAY : NONE !important">SECRET</div>',
    '<div style="&#100;isplay:none">SECRET</div>',
    '<div style="dis/* x */play:none">SECRET</div>',
    "<span style='visibility:hidden'>SECRET</span>",
    '<span style="font-size:0">SECRET</span>',
    '<span style="font-size: 0.0px">SECRET</span>',
    '<span style="font-size:1px">SECRET</span>',
    '<span style="opacity:0">SECRET</span>',
    '<span style="opacity:0.01">SECRET</span>',
    '<span style="opacity: 2%">SECRET</span>',
    '<span style="filter:opacity(0)">SECRET</span>',
    '<span style="font:0/0 a">SECRET</span>',
    '<span style="font: 0 serif">SECRET</span>',
    '<p style="transform:translateX(-9999px)">SECRET</p>',
    '<p style="transform:translate(0, -10000px)">SECRET</p>',
    '<p style="margin-left:-9999px">SECRET</p>',
    '<p style="zoom:0">SECRET</p>',
    '<p style="clip-path:circle(0)">SECRET</p>',
    "<style>.x{opacity:.02}</style><p class=x>SECRET</p>",
    '<p style="color:#0000">SECRET</p>',
    '<p style="color:#ff000000">SECRET</p>',
    '<p style="color:hsla(0,0%,0%,0)">SECRET</p>',
    '<p style="color: rgb(0 0 0 / 0%)">SECRET</p>',
    '<div style="max-height:0;overflow:hidden">SECRET</div>',
    '<div style="mso-hide:all">SECRET</div>',
    '<p style="position:absolute;left:-9999px">SECRET</p>',
    '<div style="clip: rect(0 0 0 0); position: absolute">SECRET</div>',
    '<div style="clip:rect(1px, 1px, 1px, 1px);height:1px">SECRET</div>',
    '<div style="clip-path: inset(50%)">SECRET</div>',
    '<div style="clip-path:inset(100%)">SECRET</div>',
    '<font size="5" style="font-size:0">SECRET</font>',
    '<div style="font-size:0"><font face="Arial">SECRET</font></div>',
    '<div style="display:none"><font size="3">SECRET</font></div>',
    '<div style="width:1px;height:1px;overflow:hidden">SECRET</div>',
    '<p style="text-indent:-9999px">SECRET</p>',
    "<div hidden>SECRET</div>",
    '<font color="#FFFFFF">SECRET</font>',
    '<div style="background:#000"><span style="color:black">SECRET</span></div>',
    '<span style="color:transparent">SECRET</span>',
    "<!-- SECRET -->",
    "<!-- <b> SECRET",
    "<script>document.write('SECRET')</script>",
    "<style>.x{content:'SECRET'}</style>",
    "<title>SECRET</title>",
    "<template>SECRET</template>",
    '<style>.x, p.y { display: none }</style><p class="a y">SECRET</p>',
    "<style>#x{display:none}</style><p id=x>SECRET</p>",
    "<style>div.a p{display:none}</style><div class=a><b><p>SECRET</p></b></div>",
    "<style>.a > .b.c{font-size:0}</style><div class=a><i class='c b'>SECRET</i></div>",
    "<style>i{display:none}</style><i>SECRET</i>",
    "<style>.x{display:none!important}.a .x{display:block}</style><div class=a><p class=x>SECRET</p></div>",
    "<style>.x{display:none}.a .x{display:block}</style><div class=b><p class=x>SECRET</p></div>",
    "<style>#x{display:none}.x{display:block}</style><p id=x class=x>SECRET</p>",
    '<div style="transform:scale(0)">SECRET</div>',
    '<div style="transform: scaleY(0.0)">SECRET</div>',
    '<div style="display:none"><p>SECRET<div>SECRET</div>SECRET</div>',
    '<div><p style="display:none">SECRET</div>',
  ];
  it.each(hidden)("takes out %s and keeps what follows", (html) => {
    expect(
      htmlToText(
        `<p>seen</p>${html.includes("<!-- <b>") ? "" : html}<p>too</p>${html.includes("<!-- <b>") ? html : ""}`,
      ).replace(/\s+/g, " "),
    ).toBe("seen too");
  });

  it.each([
    '<div style="font-size:10px">SEEN</div>',
    '<div style="font-size:0"><font size="3">SEEN</font></div>',
    '<div style="font-size:1px"><font size="-1" face="Arial">SEEN</font></div>',
    '<font size="1">SEEN</font>',
    '<div style="clip:auto">SEEN</div>',
    '<div style="clip: rect(0, 200px, 100px, 0); position: absolute">SEEN</div>',
    '<div style="clip-path: inset(0)">SEEN</div>',
    '<div style="clip-path: inset(10% 50%)">SEEN</div>',
    '<div style="overflow:hidden;width:1px;height:200px">SEEN</div>',
    '<p style="text-indent:-20px">SEEN</p>',
    '<div style="opacity:0.9">SEEN</div>',
    '<div style="opacity:.5">SEEN</div>',
    '<div style="opacity:60%">SEEN</div>',
    '<div style="filter:opacity(40%) blur(0)">SEEN</div>',
    '<div style="font: 400 14px/0 Arial">SEEN</div>',
    '<div style="transform:translateY(-50px);margin-left:-20px">SEEN</div>',
    '<td style="background:#000"><font color=white>SEEN</font></td>',
    '<div style="background:url(x.png)"><span style="color:#fff">SEEN</span></div>',
    "<style>.dark{background:black}</style><div class=dark><font color=white>SEEN</font></div>",
    "<style>@media print{.x{display:none}}</style><p class=x>SEEN</p>",
    "<style>.x{display:none}.a .x{display:block}</style><div class=a><p class=x>SEEN</p></div>",
    "<style>.a .x{display:block}.x{display:none}</style><div class=a><p class=x>SEEN</p></div>",
    "<style>p.x{display:none}</style><div class=x>SEEN</div>",
    "<style>.a .x{display:none}</style><p class=x>SEEN</p>",
    "<style>.x:hover, .x + p, p[title]{display:none}</style><p class=x>SEEN</p>",
    '<div style="transform:scale(0.9)">SEEN</div>',
    "<p style='display:none'>gone<p>SEEN",
    "5 < 6 SEEN",
  ])("keeps %s", (html) => {
    expect(htmlToText(html)).toContain("SEEN");
  });

  it.each([
    ["deep nesting", "<div>x".repeat(100_000)],
    ["end tags that close nothing", "<b>".repeat(30_000) + "</i>".repeat(30_000)],
    ["open quotes", `<a ${'b="'.repeat(100_000)}`],
    ["open comments", "<!--".repeat(100_000)],
    ["style sheets without end", "<style>{".repeat(50_000)],
    [
      "a sheet of many selectors, all of which might name each of many elements",
      `<style>${Array.from({ length: 5000 }, (_, i) => `.a .b .x${i % 2 ? "" : `.y${i}`}{display:none}`).join("")}</style>${"<p class='a b x'>x".repeat(300)}${"<div class='b x'>x".repeat(30_000)}`,
    ],
    ["nested tables", "<table><tr><td>x".repeat(20_000)],
  ])("takes %s in its stride", (_, html) => {
    const start = process.cpuUsage().user;
    expect(typeof htmlToText(html)).toBe("string");
    expect((process.cpuUsage().user - start) / 1e6).toBeLessThan(4); // seconds of CPU, 0.7 at most; quadratic would be minutes
  });
});
