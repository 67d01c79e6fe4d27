import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBytes } from "./bytes.ts";
import { encodeMboxMessage } from "./mbox.ts";
import type { RawMessage } from "./raw.ts";
import { detectSource, readMessages } from "./source.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "source-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function put(path: string, content: string | Uint8Array): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

async function readAll(path: string, options = {}): Promise<RawMessage[]> {
  const found: RawMessage[] = [];
  for await (const message of readMessages(path, { maxMessageBytes: 1000, fields: {}, ...options }))
    found.push(message);
  return found;
}

const summary = ({ source, content }: RawMessage) =>
  `${source}: ${content.kind === "mime" ? Buffer.from(content.bytes).toString() : content.kind === "skip" ? content.reason : content.fields.body}`;
const mail = (text: string) => encodeMboxMessage(`Subject: s\n\n${text}\n`, "a@b", new Date(0));

describe("links and names", () => {
  it("a link is counted and not followed, whether it leads to a file, in a circle, to nothing or to a folder", async () => {
    put("links/a.eml", "Subject: s\n\nhello");
    put("elsewhere/b.eml", "Subject: s\n\nhello");
    const at = (name: string) => join(folder, "links", name);
    symlinkSync("a.eml", at("b.eml"));
    symlinkSync("circle.eml", at("circle.eml"));
    symlinkSync("nowhere", at("gone.eml"));
    symlinkSync("../links", at("up"));
    symlinkSync("nowhere", at("other")); // no mail by its name
    expect((await readAll(join(folder, "links"))).map(summary)).toEqual([
      "a.eml: Subject: s\n\nhello",
      ...["b.eml: link", "circle.eml: link", "gone.eml: link", "up: link"],
    ]);
    put("linked/cur/1.x:2,S", "Subject: s\n\nhello");
    symlinkSync("1.x:2,S", join(folder, "linked/cur/2.x:2,S"));
    expect((await readAll(join(folder, "linked"))).map(summary)).toEqual([
      "cur/1.x:2,S: Subject: s\n\nhello",
      "cur/2.x:2,S: link",
    ]);
  });

  it("a file name of control characters is read and cannot break a line", async () => {
    put("names/new\nline\u001b[31m.eml", "Subject: s\n\nhello");
    expect((await readAll(join(folder, "names"))).map(summary)).toEqual([
      "new\\x0aline\\x1b[31m.eml: Subject: s\n\nhello",
    ]);
  });
});

describe("detectSource", () => {
  it.each([
    ["a.mbox", mail("x"), "mbox"],
    ["Inbox", `\n${mail("x")}`, "mbox"],
    ["b.mbox.gz", gzipSync(mail("x")), "mbox"],
    ["packed-without-ending", gzipSync(mail("x")), "mbox"],
    ["c.eml", "just text", "eml"],
    ["mail", "Received: by x\r\n\tid 1\r\nFrom: a@b\r\n\r\nhi", "eml"],
    ["d.jsonl", '{"body": "x"}\n', "jsonl"],
    ["d.ndjson.gz", gzipSync('\ufeff{"body": "x"}\n'), "jsonl"],
    ["empty.mbox", " \n", "empty"],
  ])("knows %s by its content", async (name, content, kind) => {
    expect(await detectSource(put(name, content))).toBe(kind);
  });

  it.each([
    [
      "x.mbox",
      "Subject: s\n\nhi",
      /x\.mbox is not an mbox file: it does not begin with a "From " line\. Supported are: an mbox file/,
    ],
    ["x.jsonl", "[1]", /x\.jsonl is not a JSONL file: its first line is not a JSON object/],
    ["x.pst", "!BDN\0\0", /x\.pst is not a kind of mail file that is known here\. Supported/],
  ])("says what is wrong with %s", async (name, content, message) => {
    await expect(detectSource(put(name, content))).rejects.toThrow(message);
  });

  it("says what is supported for a missing source and for a folder without mail", async () => {
    await expect(detectSource(join(folder, "none"))).rejects.toThrow(/none does not exist\. Supported are: .*Maildir/);
    put("photos/a.jpg", "x");
    await expect(detectSource(join(folder, "photos"))).rejects.toThrow(
      /photos holds no mail that can be read\. Supported/,
    );
  });
});

describe("readMessages", () => {
  it("reads a Maildir: cur and new by time, subfolders, flags; tmp is left alone", async () => {
    const maildir = join(folder, "Maildir");
    put("Maildir/new/3.host", "three");
    put("Maildir/cur/1.host:2,S", "one");
    put("Maildir/cur/2.host:2,ST", "two");
    put("Maildir/cur/4.host:2,DS", "four");
    put("Maildir/tmp/5.host", "five");
    put("Maildir/.Archive/cur/6.host:2,", "x".repeat(1001));
    expect(await detectSource(maildir)).toBe("maildir");
    expect((await readAll(maildir)).map(summary)).toEqual([
      "cur/1.host:2,S: one",
      "cur/2.host:2,ST: trashed",
      "new/3.host: three",
      "cur/4.host:2,DS: draft",
      ".Archive/cur/6.host:2,: tooLarge",
    ]);
  });

  it("reads a folder of .eml and mbox files with its subfolders, by name", async () => {
    put("mails/b.eml", "b");
    put("mails/a/z.EML", "az");
    put("mails/c.mbox", mail("c1") + mail("c2"));
    put("mails/notes.txt", "no mail");
    expect((await readAll(join(folder, "mails"))).map(summary)).toEqual([
      "a/z.EML: az",
      "b.eml: b",
      "c.mbox, message 1: Subject: s\n\nc1\n",
      "c.mbox, message 2: Subject: s\n\nc2\n",
    ]);
  });

  it("reads JSONL with a field map, nested names, odd values; counts broken and endless lines", async () => {
    const rows = [
      JSON.stringify({
        text: "hello",
        head: { from: { name: 'A "B"', email: "a@b" } },
        to: ["c@d", { name: "", address: "e@f" }],
        id: "1@x",
        sent: 86400,
      }),
      "{not json",
      JSON.stringify({ body: "not our name" }),
      "",
      JSON.stringify({ text: "x".repeat(1000) }),
    ];
    const path = put("rows.jsonl", rows.join("\n"));
    const fields = { body: "text", from: "head.from", messageId: "id", date: "sent" };
    const read = await readAll(path, { fields });
    expect(read.map(summary)).toEqual([
      "rows.jsonl, line 1: hello",
      "rows.jsonl, line 2: brokenRow",
      "rows.jsonl, line 3: brokenRow",
      "rows.jsonl, line 5: tooLarge",
    ]);
    expect(read[0].content).toMatchObject({
      fields: {
        from: '"A \\"B\\"" <a@b>',
        to: "c@d, e@f",
        messageId: "<1@x>",
        date: "1970-01-02T00:00:00.000Z",
        subject: "",
      },
    });
    await expect(readAll(path, { fields: { text: "body" } })).rejects.toThrow(
      /unknown field "text".*Our fields: body, html/,
    );
  });

  it("reports how much is done, up to 1", async () => {
    const done = (await readAll(put("done.mbox", mail("1") + mail("2")))).map((message) => message.done);
    expect(done.at(-1)).toBe(1);
  });

  it("stops at an abort", async () => {
    const path = put("abort.mbox", mail("1") + mail("2"));
    await expect(readAll(path, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe("a damaged gzip file", () => {
  const texts = Array.from({ length: 400 }, (_, i) => mail(`${i} ${Math.sin(i)} ${"word ".repeat(i % 40)}`));

  it("gives everything before the cut, then says where it was", async () => {
    const packed = gzipSync(texts.join(""));
    for (const share of [0.1, 0.5, 0.9]) {
      const cut = packed.subarray(0, Math.floor(packed.length * share));
      const whole = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }); // what zlib itself can unpack
      const path = put("cut.mbox.gz", cut);
      let bytes = 0;
      const reading = (async () => {
        for await (const chunk of (await openBytes(path)).chunks()) bytes += chunk.length;
      })();
      await expect(reading).rejects.toThrow(
        `cut.mbox.gz is a damaged or cut gzip file (unexpected end of file) after ${whole.length.toLocaleString("en")} unpacked bytes.`,
      );
      expect(bytes).toBe(whole.length);
    }
  });

  it("reads gzip files put one behind the other", async () => {
    const path = put("two.mbox.gz", Buffer.concat([gzipSync(mail("1")), gzipSync(mail("2"))]));
    expect(await readAll(path)).toHaveLength(2);
  });
});
