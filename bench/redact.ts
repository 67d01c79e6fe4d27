/**
 * What redaction finds: recall and precision by kind on the labelled mails of golden/redact/, and on a mailbox of real mail what it
 * replaced, by kind, with a random sample of each for a person to judge (real mail has no labels; only a reader can say what is wrong).
 *
 *   npx tsx bench/redact.ts [MBOX(.gz)] [--show 20]
 */
import { createReadStream } from "node:fs";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";
import { parseMail, splitQuotes } from "../src/mail/index.ts";
import { createRandom } from "../src/random.ts";
import { createRedactor } from "../src/redact/index.ts";
import { readLabelled, scoreRedaction } from "../src/redact/labelled.fixture.ts";
import { readMbox } from "../src/sources/read/mbox.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { show: { type: "string" } } });

for (const file of ["items.txt", "kinds.txt", "held-out.txt", "second-held-out.txt"]) {
  const { scores, mistakes } = scoreRedaction(
    readLabelled(new URL(`../golden/redact/${file}`, import.meta.url).pathname),
  );
  console.log(`${file}\n  kind        recall      precision`);
  for (const [kind, { covered, labelled, right, found }] of scores)
    console.log(`  ${kind.padEnd(10)}${`${covered}/${labelled}`.padStart(8)}${`${right}/${found}`.padStart(14)}`);
  for (const mistake of mistakes) console.log(`  ${mistake}`);
}
for (const path of positionals) await readReal(path, Number(values.show ?? 0));

/** Counts by kind over the mails of one mbox, and `show` places of each kind as they stand. */
async function readReal(path: string, show: number): Promise<void> {
  const file = createReadStream(path);
  const { redactEmail } = createRedactor();
  const found = new Map<string, string[]>();
  let mails = 0;
  let timeMs = 0;
  for await (const { bytes } of readMbox(path.endsWith(".gz") ? file.pipe(createGunzip()) : file, {
    maxMessageBytes: 1 << 24,
  })) {
    const parsed = bytes && (await parseMail(bytes));
    if (!parsed) continue;
    mails++;
    const { from, to, cc, subject, date } = parsed;
    const body = splitQuotes(parsed.text, parsed.role).visible;
    const began = performance.now();
    const { email, table } = redactEmail({
      ...{ id: "", threadId: "", messageId: null, inReplyTo: null, answers: null, source: path },
      ...{ from, to, cc, subject, date, body },
    });
    timeMs += performance.now() - began;
    for (const { index, 0: placeholder } of email.body.matchAll(/\[[A-Z]+_\d+\]/g)) {
      const kind = placeholder.slice(1, placeholder.indexOf("_"));
      const [before, after] = [email.body.slice(0, index).slice(-40), email.body.slice(index + placeholder.length)];
      const line = `${before}{{${table.get(placeholder)}}}${after.slice(0, 30)}`.replace(/\n/g, "⏎");
      const lines = found.get(kind) ?? [];
      lines.push(line);
      found.set(kind, lines);
    }
  }
  console.log(`${path}: ${mails} mails, ${(timeMs / mails).toFixed(2)} ms a mail`);
  const random = createRandom("redact");
  for (const [kind, lines] of found) {
    console.log(`  ${kind}: ${lines.length}`);
    for (let i = 0; i < Math.min(show, lines.length); i++) console.log(`    ${lines[random.integer(lines.length)]}`);
  }
}
