import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeMboxMessage, type MboxMessage, readMbox } from "./mbox.ts";

const date = new Date("2002-08-22T12:36:23Z");

async function* inChunks(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function readAll(
  text: string | Buffer,
  { chunkBytes = 1 << 16, maxMessageBytes = 1e6 } = {},
): Promise<MboxMessage[]> {
  const found: MboxMessage[] = [];
  for await (const message of readMbox(inChunks(Buffer.from(text), chunkBytes), { maxMessageBytes }))
    found.push(message);
  return found;
}

const texts = async (text: string) => (await readAll(text)).map(({ bytes }) => bytes?.toString("latin1"));

describe("readMbox", () => {
  it("gives back what encodeMboxMessage wrote, whatever the text and wherever the chunks are cut", async () => {
    const line = fc.oneof(
      fc.string().filter((text) => !text.startsWith(">")), // an escaped line amid quoted ones is left as it is
      fc.constantFrom(
        "",
        "From ",
        "From x Thu Aug 22 12:36:23 2002",
        ">From me",
        ">>From you",
        "\r",
        "--",
        "From here on, we go",
      ),
    );
    const raw = fc.array(line, { maxLength: 8 }).map((lines) => lines.map((one) => `${one}\n`).join(""));
    await fc.assert(
      fc.asyncProperty(
        fc.array(raw, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 64 }),
        async (messages, chunkBytes) => {
          const file = messages.map((message) => encodeMboxMessage(message, "a@b.example", date)).join("");
          const read = await readAll(file, { chunkBytes });
          expect(read.map(({ bytes }) => bytes?.toString("utf8"))).toEqual(messages);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("splits at a From_ line with a date below a blank line whatever follows, and not in a paragraph", async () => {
    const file = [
      "From a@b Thu Aug 22 12:36:23 2002",
      "Subject: one",
      "",
      "From here on it is text.",
      "",
      "From now on, too.",
      "From c@d Thu Aug 22 12:36:23 2002",
      "",
      "From - Thu Aug 22 12:36:23 2002", // Mozilla
      "two",
      "",
      "From 1529@xxx Mon Jan 01 00:00:00 +0000 2024", // Google Takeout
      "three",
      "",
    ].join("\n");
    expect((await texts(file)).map((text) => text?.split("\n").length)).toEqual([7, 2, 2]);
  });

  it("splits at any kind of separator that a header follows, also with no blank line before it", async () => {
    const header = "From: a@b.example\nSubject: x\n\ntext\n";
    const separators = [
      "From ",
      "From",
      "From -",
      "From - Fri",
      "From a@b.example",
      "From MAILER-DAEMON",
      "From MAILER-DAEMON Thu Aug 22 12:36:23 2002",
      "From a@b.example 2024-03-05T10:15:00Z",
      "From a@b.example 05/03/2024 10:15:00",
      "From a@b.example mar. mars  5 10:15:00 2024",
      "From a b Do Aug 22 12:36:23 2002",
    ];
    const found = await texts(separators.map((line) => `${line}\n${header}`).join(""));
    expect(found).toEqual(separators.map(() => header));
  });

  it("leaves a text alone whose lines only begin with From", async () => {
    const body = [
      "Subject: x",
      "",
      "From 7d1a1c0ffee1c0ffee1c0ffee1c0ffee1c0ffee1 Mon Sep 17 00:00:00 2001",
      "From: a@b.example",
      "Subject: [PATCH] paint",
      "",
      "From London",
      "To: Paris",
      "From my side: yes.",
      "From here 10:00 on the 5.3.",
      "Note: bring the key",
      "> We open at ten.",
      ">From Monday on it is nine.",
      "> Is that fine?",
      "",
    ].join("\n");
    expect(await texts(`From a@b Thu Aug 22 12:36:23 2002\n${body}\n`)).toEqual([body]);
  });

  it("reads a mailbox whose lines end with CR alone", async () => {
    const file = encodeMboxMessage("Subject: a\n\nb\n", "x", date).repeat(2).replaceAll("\n", "\r");
    expect(await texts(file)).toEqual(["Subject: a\n\nb\n", "Subject: a\n\nb\n"]);
  });

  it("reads CRLF files, files without a last line end, and undoes mboxo's escape", async () => {
    expect(
      await texts(
        "From a@b Thu Aug 22 12:36:23 2002\r\nX: y\r\n\r\n>From me\r\n\r\nFrom c@d Thu Aug 22 12:36:23 2002\r\nlast",
      ),
    ).toEqual(["X: y\r\n\r\nFrom me\r\n", "last"]);
  });

  it("gives number and place, and nothing for an empty file", async () => {
    const file = encodeMboxMessage("a\n", "x", date) + encodeMboxMessage("bc\n", "x", date);
    const first = Buffer.byteLength(encodeMboxMessage("a\n", "x", date));
    expect((await readAll(file)).map(({ number, offset, sizeBytes }) => [number, offset, sizeBytes])).toEqual([
      [1, 0, 2],
      [2, first, 3],
    ]);
    expect(await readAll("")).toEqual([]);
  });

  it("passes over a message one byte too large and goes on", async () => {
    const file = ["12345\n", "123456\n", "1\n"].map((text) => encodeMboxMessage(text, "x", date)).join("");
    const read = await readAll(file, { maxMessageBytes: 7 }); // the separating blank line counts until the next message shows it
    expect(read.map(({ bytes, sizeBytes }) => [bytes?.length ?? null, sizeBytes])).toEqual([
      [6, 6],
      [null, 7],
      [2, 2],
    ]);
  });

  it("holds no more than the limit of a message with one line of 200 MB", async () => {
    async function* huge(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${encodeMboxMessage("before\n", "x", date) + encodeMboxMessage("", "x", date).trimEnd()}\n`);
      const piece = Buffer.alloc(1 << 16, "x");
      for (let i = 0; i < 3200; i++) yield piece;
      yield Buffer.from(`\n\n${encodeMboxMessage("after\n", "x", date)}`);
    }
    const before = process.memoryUsage().rss;
    const read: MboxMessage[] = [];
    for await (const message of readMbox(huge(), { maxMessageBytes: 1e6 })) read.push(message);
    expect(read.map(({ bytes }) => bytes?.toString("latin1"))).toEqual(["before\n", undefined, "after\n"]);
    expect(read[1].sizeBytes).toBe(3200 * (1 << 16) + 1);
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  });
});

describe("encodeMboxMessage", () => {
  it("writes the From_ line in UTC and escapes at every depth", () => {
    expect(encodeMboxMessage("From a\n>From b\nfrom c", "me you@x.example", new Date("2002-08-02T01:02:03Z"))).toBe(
      "From me-you@x.example Fri Aug  2 01:02:03 2002\n>From a\n>>From b\nfrom c\n\n",
    );
  });
});
