import { describe, expect, it } from "vitest";
import type { Email } from "../mail/index.ts";
import { collectNames, createRedactor } from "./email.ts";

const email: Email = {
  ...{
    id: "1",
    threadId: "1",
    messageId: "q@x.example",
    inReplyTo: "p@x.example",
    date: null,
    answers: null,
    source: "box, message 1",
  },
  from: { name: "Ann Lee", address: "ann@x.example" },
  to: [{ name: "Bob Brown", address: "bob@x.example" }],
  cc: [],
  subject: "Ann's number",
  body: "Hi Bob,\n\ncall Ann on +49 30 1234567; Carla knows.\n\nAnn",
};

describe("createRedactor", () => {
  it("lets nothing of headers and text out but the id, and brings a reply back", () => {
    const {
      email: sent,
      restore,
      unknownPlaceholders,
      table,
    } = createRedactor({ people: ["Carla Conti"] }).redactEmail(email);
    expect(sent).toMatchObject({
      ...{ id: "1", messageId: null, inReplyTo: null, source: "", subject: "[NAME_1]'s number" },
      from: { name: "[NAME_1] [NAME_2]", address: "[EMAIL_1]" },
      to: [{ name: "[NAME_3] [NAME_5]", address: "[EMAIL_2]" }],
      body: "Hi [NAME_3],\n\ncall [NAME_1] on [PHONE_1]; [NAME_4] knows.\n\n[NAME_1]",
    });
    expect(JSON.stringify(sent)).not.toMatch(/Ann|Lee|Bob|Brown|Carla|x\.example|1234567/);
    expect(restore("Dear [NAME_1],\n\nI call you on [PHONE_1].\n\n[NAME_3]")).toBe(
      "Dear Ann,\n\nI call you on +49 30 1234567.\n\nBob",
    );
    expect(unknownPlaceholders("[NAME_1] [NAME_9]")).toEqual(["[NAME_9]"]);
    expect(table.get("[NAME_4]")).toBe("Carla");
  });

  it("gives the same for a mail whatever went before", () => {
    const redactor = createRedactor();
    const first = redactor.redactEmail(email).email;
    redactor.redactEmail({ ...email, body: "Hi Zoe,\n\nother text" });
    expect(redactor.redactEmail(email).email).toEqual(first);
  });

  it("replaces a sender's name that is a common word, and leaves a list's", () => {
    const one = (name: string, address = "x@y.example") =>
      createRedactor().redactEmail({ ...email, from: { name, address }, body: "will you mark the RPM list?" }).email;
    expect(one("Mark Will").from.name).toBe("[NAME_1] [NAME_2]");
    expect(one("Mark Will").body).toBe("will you mark the RPM list?");
    expect(one("RPM", "rpm-list@y.example").body).toBe("will you mark the RPM list?");
  });
});

describe("collectNames", () => {
  it("gives each name once, and no lists", async () => {
    const list = { name: "Zzzlist", address: "rpm-zzzlist@x.example" };
    expect(await collectNames([email, { ...email, cc: [list, { name: "", address: "jo.di@x.example" }] }])).toEqual([
      "Ann Lee",
      "Bob Brown",
      "jo di",
    ]);
  });
});
