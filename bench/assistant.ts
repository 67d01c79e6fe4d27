/**
 * Three suggestions from one evaluation of the mail, beside one suggestion and beside three separate generations.
 *
 *   npx tsx bench/assistant.ts MODEL.gguf [--threads N] [--repeats N]
 */
import { parseArgs } from "node:util";
import { openAssistant } from "../src/reply/open-assistant.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: "string", default: "1" }, repeats: { type: "string", default: "5" } },
});
const assistant = await openAssistant(positionals[0], {
  threads: Number(values.threads),
  mostContextTokens: 1024,
  frame: { systemPrompt: "Reply to this email.", dateString: "26 Jul 2024" },
});
const sentence =
  "We looked at the figures of the last quarter and found that the campaign in the north cost more than planned. ";
const mail = (round: number) => ({
  from: { name: "Ann Carter", address: "ann@firm.example" },
  subject: `Budget ${round}`,
  text: `${sentence.repeat(10)}Could we meet on Tuesday at 10:30 to go over the budget?`,
});
const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1];
const [one, three, apart]: number[][] = [[], [], []];
let promptTokens = 0;
for (let round = 0; round < Number(values.repeats); round++) {
  let start = performance.now();
  for await (const event of assistant.suggest(mail(3 * round))) {
    if (event.type === "suggestion" && one.length === round) one.push(performance.now() - start);
    if (event.type === "done") promptTokens = event.timings.promptTokens;
  }
  start = performance.now();
  for await (const _ of assistant.suggest(mail(3 * round + 1)));
  three.push(performance.now() - start);
  start = performance.now();
  for (const time of ["a", "b", "c"])
    for await (const event of assistant.suggest(mail(1000 * (round + 1) + time.charCodeAt(0))))
      if (event.type === "suggestion") break;
  apart.push(performance.now() - start);
}
const [a, b, c] = [median(one), median(three), median(apart)];
console.log(`${promptTokens}-token prompt, ${values.threads} threads, median of ${values.repeats}:`);
console.log(
  `one suggestion ${a.toFixed(0)} ms; three from one prefill ${b.toFixed(0)} ms (${(b / a).toFixed(2)} ×); three separately ${c.toFixed(0)} ms (${(c / a).toFixed(2)} ×)`,
);
await assistant.close();
