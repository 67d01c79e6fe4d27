/**
 * Memory of an import by its number of mails: writes a mailbox of made-up mails (some 3 kB each, every fourth an answer), imports it in a process
 * of its own and prints the peak of its resident set, and the slope between two sizes. With --like the mails are those of real mailboxes,
 * two bodies each (some 6 kB), with other ids and, so that no two are alike, other letters in each copy.
 *
 *   npx tsx bench/import-memory.ts [--mails 20000,60000,180000] [--like ../shared/corpora/lists-2002-a.mbox.gz,…]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { createRandom } from "../src/random.ts";
import { defaultRecipe } from "../src/recipe.ts";
import { importMail } from "../src/sources/index.ts";

const { values } = parseArgs({
  options: { mails: { type: "string" }, like: { type: "string" }, child: { type: "string" } },
});
if (values.child !== undefined) await importOne(values.child);
else await measure((values.mails ?? "20000,60000,180000").split(",").map(Number));

/** In the child: imports, and says the peak of the resident set in bytes. */
async function importOne(folder: string): Promise<void> {
  const out = {
    emails: join(folder, "emails.jsonl"),
    report: join(folder, "import.json"),
    pairs: join(folder, "pairs.jsonl"),
  };
  const report = await importMail({ source: join(folder, "all.mbox"), recipe: defaultRecipe().import, out });
  console.log(JSON.stringify({ kept: report.kept, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}

async function measure(sizes: readonly number[]): Promise<void> {
  const points: { mails: number; peakBytes: number }[] = [];
  for (const mails of sizes) {
    const folder = await mkdtemp(join(tmpdir(), "import-memory-"));
    try {
      const made = values.like === undefined ? madeUp(mails) : copies(values.like.split(","), mails);
      const sizeBytes = await writeMailbox(join(folder, "all.mbox"), made);
      const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), "--child", folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
      const [code] = await once(child, "close");
      if (code !== 0) throw new Error(`The import of ${mails} mails ended with ${code}.`);
      const { kept, peakBytes } = JSON.parse(text) as { kept: number; peakBytes: number };
      points.push({ mails, peakBytes });
      console.log(
        `${mails} mails (${(sizeBytes / 1e6).toFixed(0)} MB): ${kept} kept, peak ${(peakBytes / 1e6).toFixed(0)} MB`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const [first, last] = [points[0], points[points.length - 1]];
  if (last.mails > first.mails) {
    const slope = (last.peakBytes - first.peakBytes) / (last.mails - first.mails);
    console.log(`slope: ${slope.toFixed(0)} bytes a mail`);
  }
}

async function writeMailbox(path: string, messages: Iterable<string>): Promise<number> {
  const file = createWriteStream(path, "latin1");
  let sizeBytes = 0;
  for (const message of messages) {
    sizeBytes += message.length;
    if (!file.write(message)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
  return sizeBytes;
}

/** Words by a long-tailed draw, so that mails share some runs of words and few are alike. */
function* madeUp(mails: number): Iterable<string> {
  const random = createRandom("import-memory");
  const vocabulary = Array.from({ length: 20_000 }, (_, i) => `w${i.toString(36)}`);
  const word = () => vocabulary[Math.floor(vocabulary.length * random.next() ** 3)];
  const ids: string[] = [];
  for (let i = 0; i < mails; i++) {
    const id = `<${i.toString(36)}.${random.integer(1 << 30)}.JavaMail.mail@mx${i % 50}.example.org>`;
    const parent = i % 4 === 3 ? ids[ids.length - 1 - random.integer(Math.min(40, ids.length))] : null;
    ids.push(id);
    if (ids.length > 100) ids.shift();
    const received = Array.from(
      { length: 12 },
      (_, hop) =>
        `Received: from mx${hop}.example.org by relay${hop}.example.org with ESMTP id ${random.integer(1 << 30)};\n Mon, 1 Jan 2024 10:00:00 +0000\n`,
    ).join("");
    const text = Array.from({ length: 12 }, () => `${Array.from({ length: 25 }, word).join(" ")}.`).join("\n\n");
    yield `From p${i % 997}@example.org Mon Jan  1 10:00:00 2024\n${received}Message-ID: ${id}\n${parent ? `In-Reply-To: ${parent}\nReferences: ${parent}\n` : ""}From: Person ${i % 997} <p${i % 997}@example.org>\nTo: q@example.org\nSubject: ${parent ? "Re: " : ""}${word()} ${word()}\nDate: ${new Date(1.7e12 + i * 60_000).toUTCString().replace("GMT", "+0000")}\nContent-Type: text/plain; charset=utf-8\n\n${text}\n\n`;
  }
}

/** Real mails of plain text over and over: the head of one with its body and that of the next; a copy's small letters are each another, the same for the whole copy. */
function* copies(mailboxes: readonly string[], mails: number): Iterable<string> {
  const real = mailboxes
    .flatMap((path) =>
      gunzipSync(readFileSync(path))
        .toString("latin1")
        .split(/^(?=From )/m),
    )
    .map((message) => {
      const end = message.indexOf("\n\n");
      return { head: message.slice(0, end), body: message.slice(end) };
    })
    .filter(({ head, body }) => body.length > 50 && !/base64|text\/html|multipart/i.test(head + body));
  const random = createRandom("import-memory");
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  for (let i = 0; i < mails; ) {
    const shuffled = letters.toSorted(() => random.next() - 0.5);
    const copy = Math.floor(i / real.length);
    const others = (text: string) =>
      copy === 0 ? text : text.replace(/[a-z]/g, (letter) => shuffled[letter.charCodeAt(0) - 97]);
    for (const [at, { head, body }] of real.entries()) {
      if (i++ === mails) return;
      const headers = head.replace(/^(Message-ID|In-Reply-To|References):.*(\n[ \t].*)*/gim, (header) =>
        header.replaceAll("@", `.copy${copy}@`),
      );
      yield `${headers}${others(body.trimEnd())}\n\n${others(real[(at + 1) % real.length].body.trim())}\n\n`;
    }
  }
}
