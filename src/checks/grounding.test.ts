import { describe, expect, it } from "vitest";
import { groundReply } from "./grounding.ts";

const mail = `From: Priya Raman <priya.raman@halden.example>
Subject: Invoice INV-2041 and the site visit

Hi Tom,

invoice INV-2041 over $1,250.00 is due on 14 March 2026. Could you also join the site visit on Friday at 3:30 p.m.? Ben Okafor and two colleagues will come. The office is at https://halden.example/office, phone +44 20 7946 0123.

Priya`;
const offenders = (reply: string, more: { texts?: string[]; sentAt?: string; language?: string } = {}) =>
  groundReply(reply, {
    texts: [mail, "Tom Becker", ...(more.texts ?? [])],
    sentAt: more.sentAt ?? "2026-03-09",
    language: more.language,
  }).ungrounded.map(({ text }) => text);

describe("groundReply", () => {
  it("accepts what the mail says, in other words too", () => {
    const good = [
      "Hi Priya,\n\nFriday at 15:30 works. I will look at INV-2041 ($1250) before March 14.\n\nBest,\nTom",
      "The 13th of March at half past is fine; please greet Ben.", // the Friday after 9 March 2026
      "We are 2 as well. See halden.example/office or call 020 7946 0123.".replace("halden", "https://halden"),
      "Yes. It is Saturday, 14/03/2026, then, in March.", // 14 March 2026 is a Saturday
      "Thanks, Priya! I'm in. OK? It's 100% fine, call me 24/7.",
      "I can pay 1.25k by the 14th.",
      "Hi [Name], it will cost {amount}. Best, [Your Name]",
    ];
    for (const reply of good) expect(offenders(reply), reply).toEqual([]);
  });

  it("finds what stands nowhere", () => {
    const cases: [reply: string, texts: string[]][] = [
      ["Hi Priya, Thursday at 3:30 pm works.", ["Thursday"]],
      ["Friday at 4:30 pm works.", ["4:30 pm"]],
      ["I have paid $1,520.00 today.", ["$1,520.00"]],
      ["I have paid €1,250 today.", ["€1,250"]],
      ["It is due on 15 March.", ["15 March"]],
      ["I will read INV-2014 tonight.", ["INV-2014"]],
      [
        "Please write to ben@halden.example or see https://halden.example/map.",
        ["ben@halden.example", "https://halden.example/map"],
      ],
      ["Call me on +44 20 7946 0999.", ["+44 20 7946 0999"]],
      ["Hi Sarah,\n\nit works, and Karen Holt will come.\n\nBest,\nMichael", ["Sarah", "Karen", "Holt", "Michael"]],
      ["We need 17 chairs and 20%.", ["17", "20%"]],
      ["In April it will be better.", ["April"]],
      ["Sunday works.", ["Sunday"]], // 14 March is a Sunday in 2027, a year after the mail
    ];
    for (const [reply, texts] of cases) expect(offenders(reply), reply).toEqual(texts);
  });

  it("reads dates and names of other languages", () => {
    const texts = ["Liebe Frau Vogt, der Termin ist am 3. März um 14 Uhr und kostet 1.200,50 €."];
    const german = { texts, language: "de" };
    expect(
      offenders("Sehr geehrte Frau Vogt,\n\nder Termin am 03.03. um 14:00 Uhr für 1200,50 Euro passt.", german),
    ).toEqual([]);
    expect(offenders("Sehr geehrte Frau Kranz,\n\nder Termin am 4. März um 15 Uhr passt.", german)).toEqual([
      "Kranz",
      "4. März",
      "15 Uhr",
    ]);
    const french = { texts: ["Rendez-vous le 12 juin à 9h30 avec Mme Arnaud."] };
    expect(offenders("Entendu pour le 12/06 à 9 h 30 avec Madame Arnaud.".replace("9 h 30", "9h30"), french)).toEqual(
      [],
    );
    expect(offenders("Entendu pour le 13 juin à 10h.", french)).toEqual(["13 juin", "10h"]);
  });

  it("does not take common capitals, months that are verbs, or list numbers for claims", () => {
    const reply = "1. You may come. 2. I will march on. The PDF and the FAQ are fine, Sir. It was nice. We sat there.";
    expect(groundReply(reply, { texts: ["Hello"] })).toEqual({ claims: 0, ungrounded: [] });
  });

  it("takes long hostile text in linear time", () => {
    const start = process.cpuUsage();
    for (const piece of ["1,", "1.1", "12/", "Mr. A ", "a@b.", "+1 ", "http://", "3:3", "Hi A ", "A-1"])
      groundReply(piece.repeat(3000), { texts: [piece.repeat(3000)] });
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(6);
  });
});
