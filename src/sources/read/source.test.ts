import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseMail } from "../../mail/index.ts";
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
    symlinkSync("nowhere", at("other"));
    expect((await readAll(join(folder, "links"))).map(summary)).toEqual([
      "a.eml: Subject: s\n\nhello",
      ...["b.eml: link", "circle.eml: link", "gone.eml: link", "other: link", "up: link"],
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
    ["x.pst", "!BDN\0\0", /x\.pst is a store of Outlook.*readpst -r -o mail x\.pst; then import the folder mail/],
    ["x.mbox.zst", Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), /packed in another way than gzip/],
    ["x.docx", "PK\x03\x04", /x\.docx is not a kind of mail file that is known here\. Supported/],
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
      "notes.txt: otherFile",
    ]);
  });

  it("reads a Thunderbird profile: mailboxes without ending, folders in .sbd, drafts and indexes beside", async () => {
    const at = (path: string) => `profile/ImapMail/imap.example.org/${path}`;
    put(at("INBOX"), `From \nX-Mozilla-Status: 0001\n${mail("one").slice(mail("one").indexOf("\n") + 1)}`);
    put(at("INBOX.msf"), '// <!-- <mdb:mork:z v="1.4"/> -->\n< <(a=c)>');
    put(at("INBOX.sbd/Work"), mail("two"));
    put(at("INBOX.sbd/Work.sbd/2024"), mail("three"));
    put(at("[Gmail].sbd/Sent Mail"), mail("four"));
    put(at("Trash"), "");
    put(at("msgFilterRules.dat"), 'version="9"\nlogging="no"\n');
    put("profile/Mail/Local Folders/Sent", mail("five"));
    put("profile/prefs.js", "// Mozilla User Preferences\n");
    put("profile/INBOX.mozmsgs/1.wdseml", "From: a@b\nSubject: s\n\ncopy");
    const read = await readAll(join(folder, "profile"));
    expect(read.map(({ source, labels, content }) => [source, labels?.join(), content.kind])).toEqual([
      ["INBOX.mozmsgs/1.wdseml", undefined, "skip"],
      [at("INBOX, message 1").slice(8), "INBOX", "mime"],
      [at("INBOX.msf").slice(8), undefined, "skip"],
      [at("INBOX.sbd/Work, message 1").slice(8), "INBOX/Work", "mime"],
      [at("INBOX.sbd/Work.sbd/2024, message 1").slice(8), "INBOX/Work/2024", "mime"],
      [at("[Gmail].sbd/Sent Mail, message 1").slice(8), "[Gmail]/Sent Mail", "mime"],
      [at("msgFilterRules.dat").slice(8), undefined, "skip"],
      ["Mail/Local Folders/Sent, message 1", "Sent", "mime"],
      ["prefs.js", undefined, "skip"],
    ]);
  });

  it("reads Apple Mail: .emlx with its flags below NAME.mbox, and the mbox folders that it exports", async () => {
    const emlx = (text: string, flags: number) => {
      const message = `From: a@b\nSubject: s\n\n${text}\n`;
      return `${message.length}      \n${message}<?xml version="1.0"?><plist><dict>\n\t<key>flags</key>\n\t<integer>${flags}</integer>\n</dict></plist>`;
    };
    const uuid = "3F2504E0-4F89-41D3-9A0C-0305E82C3301";
    const sent = `Apple/V10/${uuid}/Sent Messages.mbox/${uuid}/Data/Messages`;
    put(`${sent}/12.emlx`, emlx("kept", 8590195713));
    put(`${sent}/13.emlx`, emlx("deleted", 3));
    put(`${sent}/14.partial.emlx`, emlx("a draft", 65));
    put(`${sent}/15.emlx.gz`, gzipSync(emlx("packed", 1)));
    put("Apple/V10/Info.plist", '<?xml version="1.0"?>');
    put("Apple/Export.mbox/mbox", mail("exported"));
    put("Apple/Export.mbox/table_of_contents", "\0\0\u0001\u0002");
    const read = await readAll(join(folder, "Apple"));
    expect(read.map(({ labels }) => labels?.join())).toEqual([
      ...["Export", undefined, "Sent Messages", "Sent Messages", "Sent Messages", "Sent Messages"],
      undefined,
    ]);
    expect(read.map(summary).map((text) => text.replace(/^.*\//, "").replace(/From: a@b\n/, ""))).toEqual([
      ...["mbox, message 1: Subject: s\n\nexported\n", "table_of_contents: otherFile"],
      ...["12.emlx: Subject: s\n\nkept\n", "13.emlx: trashed", "14.partial.emlx: draft"],
      ...["15.emlx.gz: Subject: s\n\npacked\n", "Info.plist: otherFile"],
    ]);
    const alone = await readAll(join(folder, sent.replace(/\/3F2504E0[^/]*\/Data.*/, "")));
    expect(alone[0].labels).toEqual(["Sent Messages"]);
  });

  it("reads MH by its numbers, and packed mails beside others; what is packed in another way is counted", async () => {
    put("MH/inbox/10", "From: a@b\nSubject: s\n\nten");
    put("MH/inbox/9", "From: a@b\nSubject: s\n\nnine");
    put("MH/inbox/,8", "From: a@b\nSubject: s\n\ndeleted");
    put("MH/sent/1", gzipSync("From: a@b\nSubject: s\n\npacked"));
    put("MH/sent/2.eml.gz", gzipSync("hello"));
    put("MH/sent/3.eml.gz", gzipSync("x".repeat(1001)));
    put("MH/sent/4.eml.zst", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]));
    put("MH/sent/5.pst", "!BDN");
    put("MH/sent/6.eml.gz", gzipSync("From: a@b\n\ncut off").subarray(0, 12));
    const read = await readAll(join(folder, "MH"));
    expect(read.map((one) => summary(one).replace(/From: a@b\nSubject: s\n\n/, ""))).toEqual([
      ...["inbox/,8: trashed", "inbox/9: nine", "inbox/10: ten", "sent/1: packed", "sent/2.eml.gz: hello"],
      ...[
        "sent/3.eml.gz: tooLarge",
        "sent/4.eml.zst: compressed",
        "sent/5.pst: outlookStore",
        "sent/6.eml.gz: unreadable",
      ],
    ]);
    expect(read[3].labels).toEqual(["sent"]);
    put("packed/cur/1.x:2,S", gzipSync("From: a@b\n\nin a Maildir"));
    expect((await readAll(join(folder, "packed"))).map(summary)).toEqual(["cur/1.x:2,S: From: a@b\n\nin a Maildir"]);
  });

  it("reads a Takeout archive without unpacking it", async () => {
    const archive = zipSync({
      "Takeout/Mail/All mail Including Spam and Trash.mbox": Buffer.from(
        mail("one") + mail("x".repeat(1001)) + mail("two"),
      ),
      "Takeout/Mail/Sent.mbox": Buffer.from(mail("three")),
      "Takeout/archive_browser.html": Buffer.from("<html>"),
      "Takeout/single/4.eml": Buffer.from("From: a@b\n\nfour"),
      "Takeout/Mail/": new Uint8Array(),
      "__MACOSX/._x": Buffer.from("x"),
    });
    const path = put("takeout-1.zip", archive);
    const read = await readAll(path);
    expect(read.map(({ source, labels, content }) => [source, labels?.join(), content.kind])).toEqual([
      ["Takeout/Mail/All mail Including Spam and Trash.mbox, message 1", "All mail Including Spam and Trash", "mime"],
      ["Takeout/Mail/All mail Including Spam and Trash.mbox, message 2", undefined, "skip"],
      ["Takeout/Mail/All mail Including Spam and Trash.mbox, message 3", "All mail Including Spam and Trash", "mime"],
      ["Takeout/Mail/Sent.mbox, message 1", "Sent", "mime"],
      ["Takeout/archive_browser.html", undefined, "skip"],
      ["Takeout/single/4.eml", "", "mime"],
    ]);
    expect(read.at(-1)!.done).toBeCloseTo(1);
    await expect(readAll(put("cut.zip", archive.slice(0, 200)))).rejects.toThrow(
      /cut\.zip is a damaged or cut ZIP archive/,
    );
  });

  it("reads Outlook's .msg: with its headers and without, HTML alone, texts in a code page", async () => {
    const golden = new URL("../../../golden/sources/msg/", import.meta.url);
    const open = async (name: string, change = (bytes: Buffer) => bytes) => {
      const path = put(`msg/${name}`, change(readFileSync(new URL(name, golden))));
      const [{ content }] = await readAll(path, { maxMessageBytes: 1 << 20 });
      return content.kind === "mime" ? parseMail(content.bytes) : content;
    };
    expect(await open("no-headers.msg")).toMatchObject({
      ...{ from: { name: "xmailuser", address: "xmailuser@xmailserver.test" }, subject: "Sent time" },
      ...{ text: expect.stringContaining("Test mail"), date: "2021-02-15T08:19:04.000Z" },
      to: [{ address: "xmailuser@xmailserver.test" }],
    });
    expect(await open("html-with-headers.msg")).toMatchObject({
      ...{
        subject: "Microsoft Outlook テスト メッセージ",
        messageId: "202509260143.58Q1hBM7074242@www3707.sakura.ne.jp",
      },
      text: expect.stringContaining("この電子メール メッセージは、アカウントの設定のテスト中に"),
    });
    expect(await open("ansi-cp932.msg")).toEqual({ kind: "skip", reason: "draft" });
    const sent = (bytes: Buffer) => {
      const at = bytes.indexOf(Buffer.from([0x03, 0x00, 0x07, 0x0e])); // PidTagMessageFlags; its value comes behind four bytes
      bytes.writeUInt32LE(1, at + 8);
      return bytes;
    };
    expect(await open("ansi-cp932.msg", sent)).toMatchObject({
      ...{ subject: "日本語 Non Unicode タイトル", text: expect.stringContaining("日本語 Non Unicode 本文") },
    });
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
