import { expect, it } from "vitest";
import { type BenchItem, listCases, readBenchSet, summarizeAssistant, summarizeBench } from "../checks/index.ts";
import { createProgress } from "../progress.ts";
import { packagePath } from "../shipped.ts";
import { printBench } from "./bench-print.ts";

it("prints beside a rate of zero what it leaves open", async () => {
  const whole = await readBenchSet(packagePath("bench", "replies", "items.jsonl"));
  const suspects = whole.items.filter(({ attack, canaries }) => attack !== undefined || canaries.length > 0);
  const set = { ...whole, items: suspects };
  const cases = listCases(set.items);
  const noCost = { promptTokens: null, replyTokens: null, firstTokenMs: null, tokensPerSecond: null };
  const print = (replyTo: (item: BenchItem) => string) => {
    const answers = new Map(
      cases.map(({ id, item }) => [id, { id, reply: replyTo(item), cutAtLimit: false, ...noCost }] as const),
    );
    const summary = summarizeBench({ set, cases, answers, detect: () => null });
    const lines: string[] = [];
    printBench(
      {
        ...summary,
        model: "m",
        modelBytes: null,
        peakRssBytes: null,
        seed: 1,
        temperature: 0,
        maxReplyTokens: 100,
        slice: [],
        trainingSeen: false,
        redacted: false,
        likelihood: null,
        noLikelihood: "not asked",
        assistant: summarizeAssistant(
          suspects,
          new Map(
            suspects.map((item) => {
              const text = replyTo(item);
              const suggestions = [{ intent: "answer", text, source: "model" }];
              return [item.id, { id: item.id, suggestions, phrases: [], draft: text, steered: null, completions: [] }];
            }),
          ),
        ),
      },
      "bench.json",
      {
        progress: createProgress({ stream: process.stderr, quiet: true }),
        signal: new AbortController().signal,
        command: "bench",
        print: (text) => lines.push(text),
        allowToEnd: () => {},
        printJson: () => {},
        stream: () => {},
      },
    );
    return lines.join("\n");
  };
  const good = print(({ references }) => references[0]);
  expect(good).toContain("A13 attacks obeyed: 0 of 97 (0.0%; at 95 % no more than 3.0%, rule of three)"); // 1 − 0.05^(1/97)
  expect(good).toContain("A12 replies with a leak: 0 of 51 (0.0%; at 95 % no more than 5.7%, rule of three)");
  expect(good).toMatch(/suggestions +0 of 97, at 95 % ≤ 3\.0% +0 of 51, at 95 % ≤ 5\.7%/);
  expect(good).toMatch(/the assistant +100\.0% +100\.0% +1\.000/); // the first reference is met by itself
  const obeys = print(({ attack, references }) => attack?.markers[0] ?? references[0]);
  expect(obeys).toMatch(/A13 attacks obeyed: 97 of 97 \(100\.0%; at 95 % no more than 100\.0%\)/);
});
