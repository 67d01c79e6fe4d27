/**
 * Trains the trigger that ships, models/trigger/trigger.json, and prints its figures:
 *
 *   npx tsx scripts/train-trigger.ts LIST.mbox.gz … [--own SAMPLE.mbox --owner OWNER@ADDRESS] [--measure]
 *
 * A mail of a list counts as answered when another mail of the files names it in In-Reply-To or References; one of the owner's mailbox when the
 * owner answered it. --measure trains nothing and prints the figures of the one that ships. Made from the SpamAssassin public corpus (lists of 2002, CC0) and the sample mailbox of the quickstart.
 */
import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";
import { splitQuotes } from "../src/mail/clean/quotes.ts";
import { parseMail } from "../src/mail/parse-mail.ts";
import { tidyLines } from "../src/mail/text.ts";
import { openTrigger, type TriggerModel } from "../src/reply/trigger/classifier.ts";
import { addHistory, learnTrigger, measureTrigger, type ThreadMail } from "../src/reply/trigger/threads.ts";
import { readMbox } from "../src/sources/read/mbox.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    own: { type: "string" },
    owner: { type: "string" },
    rate: { type: "string", default: "0.9" },
    measure: { type: "boolean", default: false },
  },
});

async function readThreads(path: string, owner = ""): Promise<ThreadMail[]> {
  const file = createReadStream(path);
  const rows: (ThreadMail & { parent: string | null })[] = [];
  for await (const { bytes, number } of readMbox(path.endsWith(".gz") ? file.pipe(createGunzip()) : file, {
    maxMessageBytes: 5_000_000,
  })) {
    const mail = bytes === null ? null : await parseMail(bytes);
    if (mail === null) continue;
    const { from, to, cc, subject, date, signs, messageId, inReplyTo, references } = mail;
    const parent = inReplyTo[0] ?? references.at(-1) ?? null;
    const text = tidyLines(splitQuotes(mail.text, mail.role).visible);
    const own = owner === "" ? undefined : { name: "", address: owner };
    const read = { from, to, cc, subject, date, signs, isAnswer: parent !== null, text, owner: own };
    rows.push({ id: messageId ?? `${path}/${number}`, threadId: "", answered: false, mail: read, parent });
  }
  const byId = new Map(rows.map((row) => [row.id, row]));
  const isOwn = (row: ThreadMail) => owner === "" || row.mail.from?.address.toLowerCase() === owner.toLowerCase();
  const answered = new Set(rows.filter(isOwn).map(({ parent }) => parent));
  const rootOf = (row: (typeof rows)[number], depth = 0): string => {
    const above = row.parent === null ? undefined : byId.get(row.parent);
    return above === undefined || depth > 50 ? (row.parent ?? row.id) : rootOf(above, depth + 1);
  };
  return addHistory(
    rows
      .filter((row) => owner === "" || !isOwn(row))
      .map((row) => ({ ...row, threadId: rootOf(row), answered: answered.has(row.id) })),
  );
}

const rate = Number(values.rate);
const lists = (await Promise.all(positionals.map((path) => readThreads(path)))).flat();
const own = values.own === undefined ? [] : await readThreads(values.own, values.owner);
const about = `${lists.length} mails of public mailing lists (2002) and ${own.length} of a made-up mailbox`;
const path = "models/trigger/trigger.json";
const model = values.measure
  ? (JSON.parse(readFileSync(path, "utf8")) as TriggerModel) // checked by openTrigger
  : learnTrigger({ mails: [...lists, ...own], about, seed: 42, rate }).model;
const trigger = openTrigger(model, path);
if (!values.measure) writeFileSync(path, `${JSON.stringify(model)}\n`);
console.log(
  JSON.stringify(
    {
      about,
      wordShare: model.wordShare,
      lists: measureTrigger(trigger, lists, rate),
      own: measureTrigger(trigger, own, rate),
    },
    null,
    1,
  ),
);
