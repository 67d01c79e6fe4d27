/** The report's one style sheet: system fonts, two colours that mean something, light and dark, narrow and wide, paper. */

/** Teal is the model, grey what it is compared with, orange what is wrong. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fdfcfa;--card:#fff;--ink:#1d2023;--soft:#5c6369;--line:#e2dfd9;--rail:#eceae5;--model:#0b7a75;--model-soft:#d8efed;--control:#8b9198;--ceiling:#7a5ea8;--bad:#c2500a;--bad-soft:#fdeadd;--good-soft:#def2e1;--good:#1c7a34}
@media (prefers-color-scheme:dark){:root{--paper:#15181a;--card:#1c2023;--ink:#e8e6e1;--soft:#a3aab0;--line:#2f353a;--rail:#2a3034;--model:#3fc1b6;--model-soft:#16403d;--control:#8d959c;--ceiling:#b39be0;--bad:#ff9a5a;--bad-soft:#4a2c16;--good-soft:#173d20;--good:#7bd78f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:960px;margin:0 auto;padding:28px 20px 64px}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:1.2rem;line-height:1.3;margin:48px 0 4px;letter-spacing:-.005em}
h3{font-size:.95rem;margin:24px 0 6px}
p{margin:0 0 10px;max-width:72ch}
.lead,.soft,small,figcaption span{color:var(--soft)}
a{color:var(--model)}
:focus-visible{outline:2px solid var(--model);outline-offset:2px}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin:14px 0 0;font-size:.87rem}
nav a{text-decoration:none}
.verdict{border-left:4px solid var(--model);background:var(--model-soft);padding:12px 16px;border-radius:0 6px 6px 0;margin:22px 0 18px}
.verdict.bad{border-color:var(--bad);background:var(--bad-soft)}
.verdict p{margin:0 0 4px}
.verdict p:first-child{font-weight:650;font-size:1.05rem}
.verdict p:last-child{margin:0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 6px;padding:0;list-style:none}
.figures li{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.figures b{display:block;font-size:1.75rem;line-height:1.15;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.figures span{display:block;font-size:.82rem;color:var(--soft)}
.figures.first{grid-template-columns:repeat(auto-fit,minmax(128px,1fr));margin-bottom:12px}
.figures .main{border-color:var(--model);box-shadow:inset 0 3px 0 var(--model);grid-column:span 2}
.figures .main b{color:var(--model)}
.figures .fault b{color:var(--bad)}
.examples{padding-left:20px;font-size:.9rem}
.figures .label{color:var(--ink);font-weight:600;font-size:.85rem}
.scroll{overflow-x:auto;margin:8px 0 14px;border:1px solid var(--line);border-radius:8px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.87rem;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:6px 10px;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:baseline;overflow-wrap:break-word}
th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--card);white-space:normal;min-width:8.5em}
.left,th.left{text-align:left;white-space:normal}
tr:last-child td{border-bottom:0}
thead th{font-weight:600;color:var(--soft);font-size:.8rem}
tr.model td{font-weight:650}
tr.model td:first-child{color:var(--model)}
td.bad{color:var(--bad);font-weight:650}
tr.total td{border-top:2px solid var(--line);font-weight:600}
ol.dots,ol.bars{list-style:none;margin:10px 0 14px;padding:0}
ol.dots li,ol.bars li{display:grid;grid-template-columns:minmax(130px,210px) 1fr 112px;gap:0 14px;align-items:center;padding:2px 0}
ol.bars li{grid-template-columns:minmax(110px,170px) 1fr 150px}
ol .value{font-variant-numeric:tabular-nums;font-size:.87rem;color:var(--soft);text-align:right;white-space:nowrap}
ol .name{font-size:.9rem;line-height:1.25}
ol.bars .note{grid-column:2/4;color:var(--soft);font-size:.82rem;margin:0 0 6px}
li.model .name{font-weight:650;color:var(--model)}
li.model .value{font-weight:650;color:var(--ink)}
svg{display:block;width:100%;overflow:visible}
svg text{fill:var(--soft);font-size:11px;font-family:inherit}
.rail{stroke:var(--rail);stroke-width:2;fill:var(--rail)}
rect.rail{stroke:none}
.mark{stroke:var(--model);stroke-width:1;opacity:.35}
.span{stroke:var(--control);stroke-width:3;stroke-linecap:round;opacity:.55}
.dot{fill:var(--control)}
.model .span{stroke:var(--model)}.model .dot,.model .bar{fill:var(--model)}
.ceiling .span{stroke:var(--ceiling)}.ceiling .dot{fill:var(--card);stroke:var(--ceiling);stroke-width:2.5}.ceiling .bar{fill:var(--ceiling)}
.bar{fill:var(--control)}
.bad .bar{fill:var(--bad)}
.plain .bar{fill:var(--model)}
.tick{stroke:var(--ink);stroke-width:2}
.mean{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:3 3}
figure{margin:0}
.histograms{display:grid;grid-template-columns:1fr 1fr;gap:18px 32px;margin:12px 0}
figcaption{font-size:.87rem;margin-bottom:6px}
.curves figcaption{display:flex;flex-wrap:wrap;gap:2px 18px}
.curves figcaption span{font-weight:600}
.curves i{display:inline-block;width:14px;height:3px;background:currentColor;vertical-align:middle;margin-right:6px;border-radius:2px}
.curves figcaption .model{color:var(--model)}
.curve{fill:none;stroke-width:2;stroke:var(--control);stroke-linejoin:round}
.curve.model,.point.model{stroke:var(--model)}
.point{fill:var(--card);stroke:var(--control);stroke-width:1.5}
.item{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px;margin:10px 0;break-inside:avoid}
.item header{display:flex;flex-wrap:wrap;gap:2px 12px;font-size:.82rem;color:var(--soft);margin-bottom:6px}
.item header b{color:var(--ink)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:14px 20px}
.pair h4{margin:0 0 2px;font-size:.8rem;font-weight:600;color:var(--soft)}
.text{white-space:pre-wrap;unicode-bidi:plaintext;margin:0;font-size:.92rem;overflow-wrap:anywhere}
.empty{color:var(--bad);font-style:italic}
mark{color:inherit;border-radius:3px;padding:0 1px;box-decoration-break:clone;-webkit-box-decoration-break:clone}
mark.model{background:var(--model-soft);box-shadow:inset 0 -2px 0 var(--model)}
mark.other{background:var(--rail);box-shadow:inset 0 -2px 0 var(--control)}
.tags{list-style:none;margin:8px 0 0;padding:0;font-size:.84rem}
.tags b{color:var(--bad)}
p.bad{border-left:3px solid var(--bad);padding-left:10px}
details{margin:6px 0 8px}
summary{cursor:pointer;color:var(--soft);font-size:.84rem}
details .text{border-left:3px solid var(--line);padding-left:12px;margin-top:6px;color:var(--soft)}
dl{display:grid;grid-template-columns:minmax(110px,190px) 1fr;gap:4px 18px;margin:8px 0 14px;font-size:.9rem}
dt{color:var(--soft)}
dd{margin:0;font-variant-numeric:tabular-nums}
code{font:.82rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
footer{margin-top:48px;border-top:1px solid var(--line);padding-top:12px;font-size:.82rem;color:var(--soft)}
@media (max-width:620px){
main{padding:20px 14px 48px}
h2{margin-top:40px}
.figures{grid-template-columns:1fr 1fr;gap:8px}
.figures li{padding:10px 12px}
.figures b{font-size:1.45rem}
ol.dots li,ol.bars li{grid-template-columns:1fr auto;padding:5px 0}
ol.dots .track,ol.bars .track{grid-column:1/3;grid-row:2}
ol.bars .note{grid-column:1/3}
ol.dots li.axis{padding:0}
.pair,.histograms{grid-template-columns:1fr}
th,td{padding:6px 8px}
th:first-child,td:first-child{min-width:7em}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:8px}
}
@media print{
:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--rail:#e8e8e8;--model:#0b7a75;--model-soft:#eef7f6;--control:#777;--ceiling:#6a4e98;--bad:#b04000;--bad-soft:#fbeee4;--good-soft:#e8f5ea;--good:#1c7a34}
body{font-size:10.5pt}
main{max-width:none;padding:0}
nav{display:none}
h2,h3{break-after:avoid}
.scroll{overflow:visible;border:0;border-radius:0}
table{font-size:8.5pt}
th,td{white-space:normal;padding:3px 5px}
th:first-child,td:first-child{position:static;min-width:0}
details::details-content{content-visibility:visible;display:block}
tr,li,figure{break-inside:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
