import { describe, expect, it } from "vitest";
import { renderMail } from "./assistant/mail.ts";
import { readAssistantMail } from "./mail.ts";

const read = async (text: string) => renderMail(await readAssistantMail(Buffer.from(text), "mail.eml"));

describe("readAssistantMail", () => {
  it("takes a message apart and cleans it as import does", async () => {
    const message = [
      "From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>",
      "Subject: Lunch",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: quoted-printable",
      "",
      "Shall we meet at the caf=C3=A9?",
      "",
      "On Mon, Bob <bob@example.org> wrote:",
      "> When?",
      "-- ",
      "Zoë",
    ];
    expect(await read(message.join("\r\n"))).toBe("From: Zoë\nSubject: Lunch\n\nShall we meet at the café?");
  });

  it("takes text without headers as the body, whatever it looks like", async () => {
    expect(await read("Can you come at 5? ☕\n")).toBe("Subject: \n\nCan you come at 5? ☕");
    expect(await read("Note: this is no header\n\nBye")).toBe("Subject: \n\nNote: this is no header\n\nBye");
    expect(await read("\nFrom: Ann")).toBe("Subject: \n\nFrom: Ann");
  });

  it("reads back what renderEmail wrote", async () => {
    const email = "From: Ann\nSubject: Lunch\n\nShall we meet?";
    expect(await read(email)).toBe(email);
  });

  it("reads typed headers without a type as UTF-8, behind an mbox line too", async () => {
    const text = "Subject: Lunch\n\nAt the café? ☕";
    expect(await read(text)).toBe("Subject: Lunch\n\nAt the café? ☕");
    expect(await read(`From ann@example.org Mon Jan  1 10:00:00 2024\n${text}`)).toBe(
      "Subject: Lunch\n\nAt the café? ☕",
    );
  });

  it("says what is missing", async () => {
    await expect(read(" \n\t")).rejects.toThrow("mail.eml is empty: there is no mail in it.");
    await expect(read("From: a@b.c\nSubject: x\n\n> quoted\n")).rejects.toThrow("mail.eml holds no text to answer");
  });
});
