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
      fc.string(),
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

  it("splits only at a From_ line with a date that follows a blank line", async () => {
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
