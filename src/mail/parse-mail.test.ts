import { readFileSync } from "node:fs";
import iconv from "iconv-lite";
import { describe, expect, it } from "vitest";
import { readMbox } from "../sources/read/mbox.ts";
import { parseFields, parseMail } from "./parse-mail.ts";
import { cleanText } from "./text.ts";

const golden = new URL("../../golden/mail/", import.meta.url);

async function parse(text: string) {
  return (await parseMail(Buffer.from(text, "latin1")))!;
}

describe("parseMail", () => {
  it("reads real mail as Python's email does", async () => {
    interface Truth {
      messageId: string;
      date: string;
      subject?: string;
      from?: string;
      references: string[];
      text?: string;
    }
    const { messages } = JSON.parse(readFileSync(new URL("lists.json", golden), "utf8")) as { messages: Truth[] };
    const bytes = readFileSync(new URL("lists.mbox", golden));
    const one = (text: string) => text.replace(/\s+/g, " ").trim();
    let at = 0;
    for await (const message of readMbox(
      (async function* () {
        yield bytes;
      })(),
      { maxMessageBytes: 1e6 },
    )) {
      const mail = (await parseMail(message.bytes!))!;
      const truth = messages[at++];
      expect(mail.messageId).toBe(truth.messageId);
      expect(mail.date).toBe(truth.date);
      expect(mail.references).toEqual([...new Set(truth.references)]);
      if (truth.subject !== undefined) expect(mail.subject).toBe(one(truth.subject));
      if (truth.from !== undefined && !truth.from.includes("=?")) {
        const { name, address } = mail.from; // Python drops a name given as a comment: `a@b (Ann)`
        expect(name && truth.from.includes("<") ? `${name} <${address}>` : address).toBe(truth.from);
      }
      if (truth.text !== undefined) expect(one(mail.text)).toBe(one(cleanText(truth.text)));
      expect(JSON.stringify([mail.subject, mail.from])).not.toContain("\ufffd");
    }
    expect(at).toBe(messages.length);
  });

  it("mends raw 8-bit headers: UTF-8, else the charset of the body, else windows-1252", async () => {
    expect((await parse("Subject: caf\xc3\xa9\n\nx")).subject).toBe("café");
    expect((await parse("Subject: caf\xe9 \x96 ok\n\nx")).subject).toBe("café – ok");
    expect(
      (await parse("From: \xf0\xd2\xc9\xd7\xc5\xd4 <a@b>\nContent-Type: text/plain; charset=koi8-r\n\nx")).from,
    ).toEqual({ name: "Привет", address: "a@b" });
  });

  it("reads raw headers in the charset that the body is found to be in, where nothing names one", async () => {
    const said = {
      "euc-kr": ["Re: 회의 일정", "안녕하세요, 회의는 목요일 오후 세 시로 옮겨졌습니다. 확인 부탁드립니다."],
      big5: ["Re: 會議時間", "您好，會議改到星期四下午三點，請確認您是否可以參加，謝謝您的協助。"],
      "windows-1251": ["Отчёт", "Добрый день, встреча переносится на четверг в три часа."],
      "koi8-r": ["Отчёт", "Добрый день, встреча переносится на четверг в три часа."],
    };
    for (const [charset, [subject, body]] of Object.entries(said)) {
      const text = `From: ${subject.slice(-2)} <a@b.example>\nSubject: ${subject}\nContent-Type: text/plain\n\n${body}`;
      const mail = (await parseMail(iconv.encode(text, charset)))!;
      expect([mail.from.name, mail.subject, mail.text]).toEqual([subject.slice(-2), subject, body]);
    }
    const french =
      "Subject: \u00e9t\u00e9\n\nVoil\u00e0 l'\u00e9t\u00e9 \u00e0 c\u00f4t\u00e9 du caf\u00e9, d\u00e9j\u00e0 pass\u00e9.";
    expect((await parse(french)).subject).toBe("été");
  });

  it("reads encoded words with raw question marks, and one that is cut", async () => {
    const subject = async (raw: string) => (await parse(`Subject: ${raw}\n\nx`)).subject;
    expect(await subject("=?utf-8?Q?Wer_kommt_am_Gr=C3=BCndonnerstag??=")).toBe("Wer kommt am Gründonnerstag?");
    expect(await subject("=?utf-8?Q?Gr=C3=BCn?_Blau?= =?utf-8?Q?_oder_rot??=")).toBe("Grün? Blau oder rot?");
    expect(await subject("=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln")).toBe("Grüße aus Köln");
    expect(await subject("=?utf-8?Q?Gr=C3=BCn =?utf-8?B?R3LDvG4=?=")).toBe("=?utf-8?Q?Gr=C3=BCn Grün"); // never closed
  });

  it("reads a quoted local part, uuencoded text and a code page by its number", async () => {
    expect((await parse('From: "ann lee"@firm.example\n\nx')).from).toEqual({
      name: "",
      address: '"ann lee"@firm.example',
    });
    const packed =
      "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a.txt\n;5&AE(&1R869T(&QO;VMS(&9I;F4@=&\\@;64N\n`\nend\n"; // Python's binascii.b2a_uu
    expect((await parse(packed)).text.trim()).toBe("The draft looks fine to me.");
    const page = iconv.encode("Content-Type: text/plain; charset=dos-866\n\nДобрый день", "cp866");
    expect((await parseMail(page))!.text).toBe("Добрый день");
  });

  it("reads dates and ids whose bytes are not ASCII", async () => {
    const utf8 = (text: string) => Buffer.from(text).toString("latin1");
    const mail = await parse(
      utf8("Date: пт, 4 окт 2024 10:22:00 +0200\nIn-Reply-To: =?utf-8?Q?=3Ca=40x.example=3E?=\n\nx"),
    );
    expect(mail).toMatchObject({ date: "2024-10-04T08:22:00.000Z", inReplyTo: ["a@x.example"] });
  });

  it.each([
    ["Joe Foo joe@x.example", "Joe Foo"],
    ["Joe Foo [joe@x.example]", "Joe Foo"],
    ["Joe Foo <<joe@x.example>>", "Joe Foo"],
    ["<Joe Foo> joe@x.example", "Joe Foo"],
    ["mailto:joe@x.example", ""],
    ["=?utf-8?B?Sm9lIEZvbyA8am9lQHguZXhhbXBsZT4=?=", "Joe Foo"],
    ["Joe Foo, PhD <joe@x.example>", "Joe Foo, PhD"],
  ])("reads the sender %s", async (from, name) => {
    expect((await parse(`From: ${from}\n\nx`)).from).toEqual({ name, address: "joe@x.example" });
  });

  it("reads Thai and the Greek of Windows without a charset, and UTF-8 with a few bytes of windows-1252", async () => {
    const thai =
      "\xca\xc7\xd1\xca\xb4\xd5\x20\xc3\xe8\xd2\xa7\xca\xd1\xad\xad\xd2\xa9\xba\xd1\xba\xb7\xd5\xe8\xca\xcd\xa7";
    expect((await parse(`\n${thai}`)).text).toBe("สวัสดี ร่างสัญญาฉบับที่สอง");
    const greek =
      "\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1 \xa2\xed\xed\xe1, \xf4\xef \xe4\xe5\xfd\xf4\xe5\xf1\xef \xf3\xf7\xdd\xe4\xe9\xef \xf4\xe7\xf2 \xf3\xfd\xec\xe2\xe1\xf3\xe7\xf2";
    expect((await parse(`\n${greek}`)).text).toBe("Καλημέρα Άννα, το δεύτερο σχέδιο της σύμβασης");
    const mixed = `${Buffer.from("Grüße über später möchten ").toString("latin1")}\x93ja\x94`;
    expect((await parse(`\n${mixed}`)).text).toBe("Grüße über später möchten “ja”");
  });

  it("takes the plain form, and the HTML form where the plain one says nothing", async () => {
    const alternative = (plain: string, html: string) =>
      `Content-Type: multipart/alternative; boundary=b\n\n--b\n\n${plain}\n--b\nContent-Type: text/html\n\n${html}\n--b--\n`;
    expect((await parse(alternative("the plain form", "<p>the HTML form</p>"))).text).toBe("the plain form");
    expect((await parse(alternative("", "<p>the HTML form</p>"))).text).toBe("the HTML form");
    const long = "<p>All of what there is to say.</p>".repeat(20);
    expect((await parse(alternative("Your program cannot show this mail.", long))).text).toContain("All of what");
  });

  it("takes the form that is seen where the other denies it or names another sum", async () => {
    const alternative = (plain: string, html: string) =>
      `Content-Type: multipart/alternative; boundary=b\n\n--b\n\n${plain}\n--b\nContent-Type: text/html\n\n<p>${html}</p>\n--b--\n`;
    expect(await parse(alternative("I do not agree.", "I do agree."))).toMatchObject({
      text: "I do agree.",
      formsDiffer: true,
    });
    expect((await parse(alternative("Pay 9000 euros.", "Pay 90 euros."))).text).toBe("Pay 90 euros.");
    expect(await parse(alternative("Pay 90 euros. [1]", "Pay 90 euros."))).toMatchObject({ formsDiffer: false });
  });

  it.each([
    "Content-Type: application/octet-stream\n\nhello there\n",
    "Content-Type: application/text\n\nhello there\n",
    'Content-Type: multipart/mixed; boundary="b  "\n\n--b  \n\nhello there\n--b--  \n',
    "Content-Type: multipart/mixed; boundary=b\n\nhello there\n\n--b\nContent-Type: image/png\n\nabc\n--b--\n",
    'Content-Type: multipart/mixed; boundary=""\n\n--\nContent-Type: text/plain\n\nhello there\n--\nContent-Type: image/png\n\nabc\n----\n',
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type text/plain; charset=utf-8\nContent-Transfer-Encoding base64\n\naGVsbG8gdGhlcmU=\n--b--\n",
  ])("falls back to the text there is: %j", async (message) => {
    expect((await parse(`Subject: s\n${message}`)).text).toBe("hello there");
  });

  it("takes a signature's line for no empty boundary, and words for no field", async () => {
    const empty =
      'Content-Type: multipart/mixed; boundary=""\n\n--\nContent-Type: text/plain\n\nhello\n-- \nAnn\n----\n';
    expect((await parse(`Subject: s\n${empty}`)).text).toBe("hello\n-- \nAnn");
    const said = "Content-Type text/plain is what it says.\n\nhello";
    expect((await parse(`Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n${said}\n--b--\n`)).text).toBe(
      said,
    );
  });

  it("takes no bytes of a file, and no words of a mail program, for text", async () => {
    expect((await parse("Content-Type: application/octet-stream\n\nab\x00\x01\x02cd\n")).text).toBe("");
    const note = "This is a multi-part message in MIME format.";
    const image = `Content-Type: multipart/mixed; boundary=b\n\n${note}\n--b\nContent-Type: image/png\n\nabc\n--b--\n`;
    expect((await parse(image)).text).toBe("");
  });

  it("shows no hidden text of an HTML part beside a plain one", async () => {
    const { text } = await parse(
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: text/html\n\n<p>more<span style="display:none">SECRET</span></p>\n--b--\n',
    );
    expect(text).toBe("hello\n\nmore");
  });

  it("introduces an attached mail like a forwarded one and leaves other attachments out", async () => {
    const { text } = await parse(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: message/rfc822\n\nFrom: A <a@b>\nSubject: old\n\nold text\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nQUFB\nQUFB\n--b\n\nlast\n--b--\n",
    );
    expect(text).toBe(
      "hello\n\n---------- Forwarded message ----------\nFrom: A <a@b>\nSubject: old\n\nold text\n\nlast",
    );
  });

  it("does not let flowed text swallow an answer into the quote above it", async () => {
    const { text } = await parse(
      "Content-Type: text/plain; charset=us-ascii; format=flowed\n\n> a question \nan answer\n",
    );
    expect(text).toBe("> a question \nan answer");
  });

  it("takes ids apart and doubts an In-Reply-To with words in it", async () => {
    const mail = await parse(
      "Message-ID: <a@b>\nIn-Reply-To: Message from Ann <ann@x.example> of Monday\nReferences: <r1@x>\n\t<r2@x> <r1@x>\n\nx",
    );
    expect(mail).toMatchObject({
      messageId: "a@b",
      inReplyTo: ["ann@x.example"],
      inReplyToUnsure: true,
      references: ["r1@x", "r2@x"],
    });
    expect(await parse("Message-ID: <>\nIn-Reply-To: <p@x>\n\nx")).toMatchObject({
      messageId: null,
      inReplyTo: ["p@x"],
      inReplyToUnsure: false,
    });
  });

  const bomb = (levels: number) => {
    let text = "Content-Type: multipart/mixed; boundary=b0\n\n";
    for (let i = 0; i < levels; i++) text += `--b${i}\nContent-Type: multipart/mixed; boundary=b${i + 1}\n\n`;
    return text;
  };
  it.each([
    ["10,000 nested parts", bomb(10_000), null],
    ["10,000 nested mails", "Content-Type: message/rfc822\n\n".repeat(10_000), "object"],
    ["10,000 parts in a row", `Content-Type: multipart/mixed; boundary=x\n\n${"--x\n\nhi\n".repeat(10_000)}`, "object"],
    ["a million line ends", `Subject: s\n\n${"\n".repeat(1_000_000)}`, "object"],
    ["a header of 5 MB", `To: ${"a@b, ".repeat(1_000_000)}\n\nx`, "object"],
    [
      "a part that says it is its own parent",
      "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n--x--\n",
      "object",
    ],
    ["nothing", "", "object"],
    ["bytes of no mail", "\x00\xff\xfe".repeat(1000), "object"],
    ["a base64 body cut off", "Content-Transfer-Encoding: base64\n\nQUF", "object"],
    ["an unknown charset", "Content-Type: text/plain; charset=klingon\n\nhi", "object"],
  ])("neither throws nor hangs on %s", async (_, text, kind) => {
    const start = process.cpuUsage().user;
    const mail = await parseMail(Buffer.from(text, "latin1"));
    expect(mail === null ? null : typeof mail).toBe(kind);
    expect((process.cpuUsage().user - start) / 1e6).toBeLessThan(5); // seconds of CPU, about 1 at most
  });
});

describe("parseFields", () => {
  it("reads a table row like a mail", () => {
    const empty = {
      messageId: "",
      inReplyTo: "",
      references: "",
      threadId: "t",
      to: "",
      cc: "",
      date: "",
      subject: "",
    };
    const mail = parseFields({ ...empty, from: "Ann <a@b>", body: "<p>Hi</p>", answersPrevious: false, isHtml: true });
    expect(mail).toMatchObject({
      from: { name: "Ann", address: "a@b" },
      text: "Hi",
      conversation: "t",
      messageId: null,
      date: null,
    });
  });
});
