import { describe, expect, it } from "vitest";
import { parseJinja, TemplateOverrun } from "./jinja.ts";

const render = (template: string, messages = 1) =>
  parseJinja(template).render(
    { messages: Array.from({ length: messages }, () => ({ role: "user", content: "Noon?" })) },
    messages,
  );

/** A text that doubles with each turn of a loop: `times` 20 makes ten million characters. */
const doubled = (times: number) =>
  `{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(${times}) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}`;

describe("a template that would never end, or take all memory", () => {
  const harmful: Readonly<Record<string, string>> = {
    "a long loop": "{% for i in range(100000000) %}x{% endfor %}",
    "a loop of its own length": "{% for i in range(900000) %}x{% endfor %}",
    "loops within loops, with nothing in them":
      "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "a loop whose condition never holds": "{% for i in range(900000) if i > 900000 %}{% endfor %}".repeat(3),
    "a count without a step": "{% for i in range(1, 2, 0) %}x{% endfor %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a macro that calls itself twice":
      "{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "macros made in a loop": `{% for i in range(99999) %}{% macro m() %}${"{{ a }}".repeat(20_000)}{% endmacro %}{% endfor %}`,
    "a text that doubles": `${doubled(60)}{{ ns.x }}`,
    "a long text many times": `${doubled(16)}{% for i in range(99999) %}{{ ns.x }}{% endfor %}`,
    "a text put for each letter": `${doubled(16)}{{ ns.x.replace('a', ns.x) }}`,
    "the same by a filter": `${doubled(16)}{{ ns.x | replace('a', ns.x) }}`,
    "the same by the name of the method": `${doubled(16)}{% set f = ns.x['rep' ~ 'lace'] %}{{ f('a', ns.x) }}`,
    "the same by a list of arguments": `${doubled(16)}{{ ns.x.replace(*['a', ns.x]) }}`,
    "the same around a block": `${doubled(16)}{% filter replace('a', ns.x) %}{{ ns.x }}{% endfilter %}`,
    "a wide indent": "{{ 'a\\nb' | indent(500000000) }}",
    "a wide indent by its name": "{{ 'a\\nb' | indent(width=500000000) }}",
    "wide JSON": "{{ [1, [2]] | tojson(indent=500000000) }}",
    "a long joint": `${doubled(15)}{{ range(9999) | list | join(ns.x) }}`,
    "lists of lists of lists":
      "{% set ns = namespace(x=[1, 1]) %}{% for i in range(14) %}{% set ns.x = [ns.x, ns.x, ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
    "a value within itself": "{% set a = namespace(x=0) %}{% set a.x = [a, a] %}{{ a.x | tojson }}",
    "long lists sorted": "{% for i in range(1000) %}{{ range(90000) | list | sort | length }}{% endfor %}",
    "brackets within brackets": `{{ ${"(".repeat(60_000)}1${")".repeat(60_000)} }}`,
    "a chain of sums": `{{ ${Array(20_000).fill("'a'").join(" + ")} }}`,
    "a megabyte of text": "x".repeat(1_000_000),
    "a run of blanks": `{{ messages }}${" ".repeat(100_000)}x`,
  };

  it.each(Object.entries(harmful))("is stopped: %s", (_, template) => {
    const started = process.cpuUsage();
    expect(() => render(template)).toThrow(/call stack|it was stopped/);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(10);
  });

  it("is told from one that fails, in one line that says what to do", () => {
    expect(() => render(harmful["a wide indent"])).toThrow(TemplateOverrun);
    expect(() => render(harmful["a wide indent"])).toThrow(
      /^The chat template makes a text of up to 2000000000 characters in one step: it was stopped\. .* Use the chat template that the model's own authors publish\.$/,
    );
    expect(() => render("{{ raise_exception('no') }}")).toThrow(/^no$/);
  });
});

describe("what templates of models use", () => {
  it.each([
    [
      "{% for m in messages %}{{ loop.index }}{{ m.content }}{% if loop.index == 2 %}{% break %}{% endif %}{% endfor %}",
      "1Noon?",
    ],
    ["{{ range(3) | list | join(', ') }}|{{ range(5, 1, -2) | list | tojson }}", "0, 1, 2|[5, 3]"],
    ["{{ messages[::-1] | length }}{{ messages[-1]['content'][:2] }}", "3No"],
    ["{{ messages | selectattr('role', 'equalto', 'user') | list | length }}", "3"],
    ["{{ messages | map(attribute='content') | join('-') | replace('Noon', 'Ten') }}", "Ten?-Ten?-Ten?"],
    [
      "{{ 'a\\nb' | indent(2, first=true) }}|{{ {'k': [1]} | tojson(indent=2) }}",
      '  a\n  b|{\n  "k": [\n    1\n  ]\n}',
    ],
    [
      "{% macro turn(m, end='.') %}{{ m.content.strip('?') ~ end }}{% endmacro %}{{ turn(messages[0], end='!') }}",
      "Noon?!",
    ],
    ["{% macro box() %}[{{ caller('x') }}]{% endmacro %}{% call(y) box() %}{{ y | upper }}{% endcall %}", "[X]"],
    ["{% filter upper %}a{{ messages[0].role }}{% endfilter %}", "AUSER"],
    ["{% set content = messages[0].content %}{{ content.split('n')[0].lstrip() if 'n' in content else '' }}", "Noo"],
    ["{{ none is none }}{{ True }}{{ nothing is defined }}{{ nothing | default('d') }}", "truetruefalsed"],
    ["{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", "3"],
  ])("is rendered as before: %s", (template, text) => {
    expect(render(template, 3)).toBe(text);
  });

  it("long conversations: the budget grows with them", () => {
    const turns = "{% for m in messages[::-1] %}{% for n in messages %}{% endfor %}{{ m.content }}{% endfor %}";
    expect(render(turns, 1000)).toHaveLength(5000);
  });
});
