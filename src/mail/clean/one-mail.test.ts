import { describe, expect, it } from "vitest";
import { readOneMail } from "./one-mail.ts";

const read = (text: string | Buffer) => readOneMail(Buffer.from(text), "mail.eml");
const from = { name: "Ann Lee", address: "ann@example.org" };

describe("readOneMail", () => {
  const rest = "From: Ann Lee <ann@example.org>\nSubject: Lunch\n\nAt noon?\n";
  it.each([
    ["ARC-Seal: i=1; a=rsa-sha256\nReceived: from a by b\n"],
    ["Authentication-Results: mx; spf=pass\nMIME-Version: 1.0\n"],
    ["List-Id: <x.example.org>\n"],
    ["Date: Mon, 1 Jan 2024 10:00:00 +0000\nCc: Bo <bo@example.org>\n"],
    ["\uFEFF"],
    ["\n\n"],
    ["\r\n"],
    ["From ann@example.org Mon Jan  1 10:00:00 2024\n"],
    ["From - \n"],
  ])("takes a message source apart that begins with %j", async (start) => {
    expect(await read(start + rest)).toMatchObject({ from, subject: "Lunch", body: "At noon?" });
    const crlf = (start + rest).replace(/\r?\n/g, "\r\n");
    expect(await read(crlf)).toMatchObject({ from, subject: "Lunch", body: "At noon?" });
  });

  it.each([
    ["From 192.168.0.1 we see timeouts.\n\nPlease look."],
    ["From Monday on: no lunch.\nSee you."],
    ["Note: this is no header\n\nBye"],
    ["To: be or not to be"],
    ["From: Ann"],
    ["Name: Bo\nEmail: bo@example.org\nMessage: call me"],
    ["From: Bo\nEmail: bo@example.org\nPhone: 1\n\nCall me"],
    ["Name: Bo\nSubject: bike\nDate: Monday\n\nIs it still there?"],
    ["Hi,\n\nFrom: and Subject: stand in every mail.\nSubject: so\nFrom: what"],
  ])("leaves the text %j whole", async (text) => {
    expect(await read(text)).toMatchObject({
      from: { name: "", address: "" },
      to: [],
      cc: [],
      subject: "",
      body: text,
    });
  });

  it("takes a message whose lines end with CR alone apart", async () => {
    expect(await read(rest.replaceAll("\n", "\r"))).toMatchObject({ from, subject: "Lunch", body: "At noon?" });
  });

  it("keeps a text that only looks like another message in a body", async () => {
    const text = `${rest}\nFrom here on it gets better.\n\nFrom Monday: more.\n`;
    expect((await read(text)).body).toBe("At noon?\n\nFrom here on it gets better.\n\nFrom Monday: more.");
  });

  it.each([
    [
      "Hi Bo,\n\nsee you.\n\n-- \nAnn Lee\nACME\n\nPS: Do bring the keys.",
      "Hi Bo,\n\nsee you.\n\nPS: Do bring the keys.",
    ],
    [
      "Hi Bo\n\n-- \nAnn\n\nP.S. Do bring\nthe keys.\n\nP.P.S. And wine.",
      "Hi Bo\n\nP.S. Do bring\nthe keys.\n\nP.P.S. And wine.",
    ],
    ["Hi Bo\n\n-- \nAnn\n\nPS2 games: www.example.org\nPSI Inc", "Hi Bo"],
    [
      "Hi\n\n-- \nAnn\n\nPS: keys!\n\n____________________\nDev mailing list\ndev@example.org\nhttps://lists.example.org/dev",
      "Hi\n\nPS: keys!",
    ],
  ])("keeps a postscript below a signature: %j", async (text, body) => {
    expect((await read(rest.replace("At noon?\n", text))).body).toBe(body);
  });

  it("reads every Unicode file of Windows, and Latin letters without one", async () => {
    const text = "Können wir um 5? ☕";
    expect((await read(Buffer.from(`\uFEFF${rest}`, "utf16le"))).from).toEqual(from);
    const utf16 = Buffer.from(`\uFEFF${text}`, "utf16le");
    expect((await read(utf16)).body).toBe(text);
    expect((await read(Buffer.from(utf16).swap16())).body).toBe(text);
    expect((await read(Buffer.from("Können wir um 5?", "latin1"))).body).toBe("Können wir um 5?");
  });

  it("says what cannot be read", async () => {
    await expect(read("\uFEFF \n")).rejects.toThrow("mail.eml is empty: there is no mail in it.");
    const box = `From a@b Mon Jan  1 10:00:00 2024\n${rest}\n`;
    await expect(read(box + box)).rejects.toThrow("mail.eml is a mailbox of many mails, and one mail is wanted.");
    await expect(read((box + box).replaceAll("\n", "\r\n"))).rejects.toThrow("a mailbox of many mails");
    expect((await read(box)).body).toBe("At noon?");
  });
});
