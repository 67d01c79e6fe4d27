import { describe, expect, it } from "vitest";
import { parseMail } from "../parse-mail.ts";
import { type AutomatedKind, detectAutomated } from "./automated.ts";

async function detect(
  headers: string,
  body = "Please have a look at the attached figures.",
): Promise<AutomatedKind | null> {
  const mail = (await parseMail(Buffer.from(`${headers}\n\n${body}\n`)))!;
  return detectAutomated({ ...mail, isAnswer: mail.inReplyTo.length > 0 })?.kind ?? null;
}

const person = "From: Ann Lee <ann@x.example>\nTo: bob@x.example";
const list =
  "To: users@lists.x.example\nList-Id: Users <users.x.example>\nList-Unsubscribe: <mailto:leave@x.example>\nPrecedence: bulk";

describe("detectAutomated", () => {
  it.each([
    ["bounce", "From: Mail Delivery System <MAILER-DAEMON@x.example>\nSubject: Undelivered Mail Returned to Sender"],
    ["bounce", `${person}\nSubject: x\nContent-Type: multipart/report; boundary=b; report-type="delivery-status"`],
    ["bounce", "From: postmaster@x.example\nReturn-Path: <>\nSubject: Delivery Status Notification (Failure)"],
    ["autoReply", `${person}\nSubject: Re: figures\nAuto-Submitted: auto-replied (vacation)`],
    ["autoReply", `${person}\nSubject: Out of Office: figures`],
    ["autoReply", `${person}\nSubject: Automatische Antwort: Zahlen`],
    ["autoReply", `${person}\nSubject: AW: Abwesenheitsnotiz`],
    ["notification", `${person}\nSubject: job done\nAuto-Submitted: auto-generated`],
    ["notification", "From: root@x.example (Cron Daemon)\nSubject: Cron <root@x> backup"],
    ["notification", `From: bugzilla-daemon@x.example\nSubject: [Bug 7] x\nList-Post: <mailto:dev@x.example>`],
    ["notification", "From: Alerts <alerts@x.example>\nSubject: disk full"],
    ["noReply", "From: Shop <no-reply@shop.example>\nSubject: Your order"],
    ["noReply", "From: Shop <shop-noreply@shop.example>\nSubject: Re: Your order"],
    ["noReply", "From: donotreply@shop.example\nReply-To: noreply@shop.example\nSubject: x"],
    ["newsletter", "From: Shop <hello@shop.example>\nSubject: Deals\nList-Unsubscribe: <https://shop.example/u>"],
    ["newsletter", "From: boing <rssfeeds@x.example>\nSubject: item"],
    [
      "newsletter",
      `From: Ann <ann@x.example>\nSubject: 2.0 is out\nList-Id: <foo-announce.x.example>\nList-Post: <mailto:foo-announce@x.example>`,
    ],
    [
      "newsletter",
      `From: users-request@x.example\nSubject: Users Digest, Vol 12, Issue 3\n${list}\nList-Post: <mailto:users@x.example>`,
    ],
  ])("finds a %s: %s", async (kind, headers) => {
    expect(await detect(headers)).toBe(kind);
  });

  it.each([
    [
      "a list's member who starts a thread",
      `From: Ann Lee <ann@x.example>\nSubject: make fails\n${list}\nList-Post: <mailto:users@lists.x.example>`,
    ],
    [
      "a list without List-Post whose answers go to it",
      `From: Ann Lee <ann@x.example>\nSubject: make fails\n${list}\nReply-To: users@lists.x.example`,
    ],
    [
      "an answer with a header of bulk mail",
      `${person}\nSubject: Re: make fails\nIn-Reply-To: <q@x.example>\nList-Unsubscribe: <mailto:x@y.example>`,
    ],
    ["Precedence: bulk alone", `${person}\nSubject: party\nPrecedence: bulk`],
    [
      "a person at a platform with a list",
      "From: Ann <notifications@x.example>\nSubject: [repo] Question\nList-Post: <mailto:reply@x.example>",
    ],
    [
      "a contact form whose answers go to a person",
      "From: Form <noreply@x.example>\nReply-To: Ann <ann@y.example>\nSubject: Request",
    ],
    ["somebody called Norely Bounceman", "From: Norely <norely.bounceman@x.example>\nSubject: hi"],
    ["a person who writes about a bounce", `${person}\nSubject: Returned mail: what do I do?`],
    ["a postmaster who writes to people", "From: Postmaster <postmaster@x.example>\nSubject: Your mailbox next week"],
    ["a person who will be away", `${person}\nSubject: Out of office on Monday`],
    ["an answer to that", `${person}\nSubject: Re: Out of office on Monday\nIn-Reply-To: <q@x.example>`],
    ["a word that is a subject", `${person}\nSubject: Accepted: your paper`],
    ["Auto-Submitted: no", `${person}\nSubject: x\nAuto-Submitted: no`],
  ])("takes for a person's mail: %s", async (_, headers) => {
    expect(await detect(headers)).toBeNull();
  });

  it("tells a calendar's notice from words with an invitation beside them", async () => {
    const mail = (subject: string, words: string, method: string) =>
      detect(
        `${person}\nSubject: ${subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b`,
        `--b\nContent-Type: text/plain\n\n${words}\n--b\nContent-Type: text/calendar; method=${method}\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n--b--`,
      );
    expect(await mail("Accepted: review", "", "REPLY")).toBe("calendar");
    expect(await mail("Invitation: review", "When: Monday", "REQUEST")).toBe("calendar");
    expect(await mail("Review", "Dear Bob, shall we go over the figures on Monday? ".repeat(6), "REQUEST")).toBeNull();
  });

  it("goes by the text where there are no headers", async () => {
    const from = { name: "Shop", address: "hello@shop.example" };
    const judge = (text: string) =>
      detectAutomated({ from, to: [], subject: "This week", text, isAnswer: false })?.kind;
    expect(judge("New lamps!\n\nYou are receiving this email because you signed up. Unsubscribe here.")).toBe(
      "newsletter",
    );
    expect(judge("How do I unsubscribe my father from your list? He gets too much.")).toBeUndefined();
  });
});
