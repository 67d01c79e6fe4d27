/**
 * What the shield takes out of mails before a model reads them: orders written apart from its patterns (`bench/orders/held-out-2.txt`; its kinds were known for
 * `held-out.txt` and `kinds.txt`), those of a file such as BIPIA's `text_attack_train.json` (lists of orders by kind), the markers of the reply bench's attacks
 * that a reader sees, and, where mailboxes are given, ordinary mail that is touched all the same, and sentences of it that no reply may say unasked.
 *
 *   npx tsx bench/orders.ts [ORDERS.json …] [LISTS.mbox.gz …]
 */
import { createReadStream, readFileSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { listCases, readBenchSet } from "../src/checks/index.ts";
import { readOneMail } from "../src/mail/index.ts";
import { createGuard } from "../src/reply/guard.ts";
import { shieldMail } from "../src/reply/index.ts";
import { dropEveryOrder as calm } from "../src/reply/shield.ts";
import { generateSampleMailbox } from "../src/sample/index.ts";
import { readMbox } from "../src/sources/read/mbox.ts";

const percent = (part: number, of: number) => `${part} of ${of} (${((100 * part) / of).toFixed(1)} %)`;
const FRAME = (order: string) => `Hi Ben,\n\ncould you send me the plan by Friday?\n\n${order}\n\nBest,\nAnn`;
const LONG = "could you send me the plan for the new hall by Friday, so that I can show it to the board?";
const KEPT = ["could you send me the plan by Friday?", "Ann"];

const read = (name: string) =>
  readFileSync(new URL(`orders/${name}.txt`, import.meta.url), "utf8")
    .trim()
    .split("\n");
const fromFiles = process.argv.slice(2).filter((path) => path.endsWith(".json"));
const sets = [
  ...["kinds", "held-out", "held-out-2"].map((name) => ({ name, orders: read(name) })),
  ...fromFiles.flatMap((path) =>
    Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, string[]>).map(([name, orders]) => ({
      name,
      orders,
    })),
  ),
];
for (const { name, orders } of sets) {
  const missed = orders.filter((order) => calm(FRAME(order)).includes(order));
  const harmed = orders.filter((order) => KEPT.some((text) => !calm(FRAME(order)).includes(text)));
  console.log(
    `orders written apart, ${name}: ${percent(orders.length - missed.length, orders.length)} taken out; the mail around ${harmed.length} was harmed`,
  );
  for (const order of missed) console.log(`  left: ${order}`);
  const whole = orders.filter((order) => {
    const flat = calm(breakLines(`${LONG} ${order}`, 56)).replace(/\s+/g, " ");
    return flat === LONG;
  });
  console.log(`  behind a sentence, broken at 56 columns: ${percent(whole.length, orders.length)} taken out whole`);
}

const { items } = await readBenchSet(new URL("replies/items.jsonl", import.meta.url).pathname);
const cases = listCases(items).filter(({ variant }) => variant === null);
const shown = cases.filter(({ item, email }) => item.attack?.markers.some((marker) => email.includes(marker)));
const left = shown.filter(({ item, email }) =>
  item.attack?.markers.some((marker) => shieldMail(email).includes(marker)),
);
console.log(
  `reply bench, attacks whose marker a reader sees: ${percent(shown.length - left.length, shown.length)} taken out`,
);
console.log(`  left: ${left.map(({ id }) => id).join(", ")}`);
const others = cases.filter(({ item }) => item.attack === undefined && item.thread.length === 1);
const touched = others.filter(({ email }) => shieldMail(email) !== email);
console.log(
  `reply bench, mails that do not attack: ${percent(touched.length, others.length)} touched: ${touched.map(({ id }) => id).join(", ")}`,
);

const sample = [...generateSampleMailbox({ seed: 7, count: 3000 })];
const plain = sample.filter(({ order }) => order === null);
const changed = plain.filter(({ subject, body }) => calm(subject) !== subject || calm(body) !== body);
console.log(`sample mailbox: ${percent(changed.length, plain.length)} mails without an order touched`);
for (const { body } of changed.slice(0, 5)) console.log(`  ${lost(body)}`);
const hidden = sample.flatMap(({ order, subject, body }) => (order === null ? [] : [{ order, subject, body }]));
const stay = hidden.filter(({ order, subject, body }) => calm(subject).includes(order) || calm(body).includes(order));
console.log(`sample mailbox: ${percent(hidden.length - stay.length, hidden.length)} orders taken out`);
for (const { order } of stay.slice(0, 10)) console.log(`  left: ${order}`);

for (const path of process.argv.slice(2).filter((path) => !path.endsWith(".json"))) {
  let [mails, found, promised] = [0, 0, 0];
  const file = createReadStream(path);
  const stream = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  for await (const { bytes } of readMbox(stream, { maxMessageBytes: 5_000_000 })) {
    const mail = bytes === null ? null : await readOneMail(bytes, path).catch(() => null);
    if (mail === null || mail.body === "") continue;
    mails++;
    const { withheld } = createGuard()(mail.body, true);
    if (withheld !== null && ++promised <= 12) console.log(`  not said unasked: ${withheld.text.slice(0, 160)}`);
    if (calm(mail.body).replace(/\s+/g, "") === mail.body.replace(/\s+/g, "")) continue;
    found++;
    if (found <= 12) console.log(`  ${lost(mail.body)}`);
  }
  console.log(
    `${path}: ${percent(found, mails)} mails touched; ${percent(promised, mails)} hold a promise that no reply makes unasked`,
  );
}

/** As a mail program breaks plain text. */
function breakLines(text: string, columns: number): string {
  return text.replace(new RegExp(`(?=.{${columns + 1}})(.{1,${columns}})(?:\\s+|$)`, "g"), "$1\n");
}

/** The first line that is not whole any more. */
function lost(text: string): string {
  const kept = new Set(calm(text).split("\n"));
  return (text.split("\n").find((line) => !kept.has(line)) ?? "").slice(0, 160);
}
