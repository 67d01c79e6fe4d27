import { describe, expect, it } from "vitest";
import { splitReply } from "./sentences.ts";

describe("splitReply", () => {
  const count = (text: string) => splitReply(text).sentences.length;

  it("counts neither greeting nor sign-off", () => {
    const mail =
      "Hi Ann,\n\nThanks for the note. I will call at 3 p.m. on Monday, e.g. after lunch. Does that work?\n\nBest regards,\nJane Doe\nSales Lead";
    expect(splitReply(mail)).toEqual({
      greeting: "Hi Ann,",
      sentences: ["Thanks for the note.", "I will call at 3 p.m. on Monday, e.g. after lunch.", "Does that work?"],
      signOff: "Best regards,\nJane Doe\nSales Lead",
    });
    expect(splitReply("Dear Dr. Smith, fine. Best, [Name]")).toEqual({
      greeting: "Dear Dr. Smith,",
      sentences: ["fine."],
      signOff: "Best, [Name]",
    });
    expect(splitReply("Gentile Dott.ssa Rossi, va bene.").greeting).toBe("Gentile Dott.ssa Rossi,");
    expect(splitReply("Gentile dott. ing. Luca Rossi,\n\nva bene.").greeting).toBe("Gentile dott. ing. Luca Rossi,");
    expect(splitReply("Gentile dott.ssa , va bene.").greeting).toBe("Gentile dott.ssa ,");
    expect(splitReply("See you at 5 p.m.\n\nCheers,\n\nTom").sentences).toEqual(["See you at 5 p.m."]);
  });

  it("does not take a sentence for a sign-off", () => {
    expect(splitReply("Sure. Thanks, I will check tomorrow.").sentences).toEqual([
      "Sure.",
      "Thanks, I will check tomorrow.",
    ]);
    expect(count("Best results come from rest. Yours was late.")).toBe(2);
  });

  it("takes a name alone at the end for a sign-off, and not the first word of a sentence that was cut", () => {
    expect(splitReply("Fine by me. See you on Friday! Tom").signOff).toBe("Tom");
    expect(splitReply("Fine by me.\n\nTom Becker")).toMatchObject({
      sentences: ["Fine by me."],
      signOff: "Tom Becker",
    });
    for (const text of ["I will come. The", "I will come. Please", "I met Tom"])
      expect(splitReply(text).signOff).toBe("");
  });

  it("counts a reply that is only a greeting or a sign-off as one sentence", () => {
    for (const text of ["Thank you!", "Hello!", "Thanks, Bob"]) expect(count(text), text).toBe(1);
  });

  it("knows abbreviations, initials, numbers, ellipses and quotes", () => {
    const cases: [text: string, sentences: number][] = [
      ["We met at 3 p.m. Then we left.", 2],
      ["We met at 3 p.m. on Monday.", 1],
      ["J. Smith came with U.S. officials.", 1],
      ["Mr. Lee and Dr. Wu agree vs. Prof. Ott.", 1],
      ["It costs $3.50 or v2.1 of it.", 1],
      ["Well... maybe. Really?! Yes…", 3],
      ["“Great.” (Yes.) Done.", 3],
      ["ok. see you then", 2],
      ["One line\nwrapped here.\n\nAnother paragraph", 2],
      ["1. First. 2. Second.", 2],
      ["See https://example.org/a.b?c=d. Thanks for that.", 2],
      ["", 0],
      ["...", 0],
    ];
    for (const [text, sentences] of cases) expect(count(text), text).toBe(sentences);
  });
});

describe("splitReply in other languages", () => {
  it("knows how a mail begins and ends", () => {
    const cases: [reply: string, greeting: string, sentences: number, signOff: string][] = [
      [
        "Sehr geehrte Frau Dr. Vogt,\n\nam 3. März passt es mir gut.\n\nMit freundlichen Grüßen\nTom Becker",
        "Sehr geehrte Frau Dr. Vogt,",
        1,
        "Mit freundlichen Grüßen\nTom Becker",
      ],
      [
        "Bonjour Claire,\n\nMerci. C'est noté.\n\nBien cordialement,\nLuc",
        "Bonjour Claire,",
        2,
        "Bien cordialement,\nLuc",
      ],
      ["Olá Rita,\n\nConfirmo.\n\nUm abraço,\nNuno", "Olá Rita,", 1, "Um abraço,\nNuno"],
      ["Hola Marta, me viene bien. Un saludo, Iván", "Hola Marta,", 1, "Un saludo, Iván"],
      [
        "Gentile Dott.ssa Riva,\n\nva bene.\n\nCordiali saluti,\nPaolo",
        "Gentile Dott.ssa Riva,",
        1,
        "Cordiali saluti,\nPaolo",
      ],
      ["Beste Sanne,\n\nPrima.\n\nMet vriendelijke groet,\nJoost", "Beste Sanne,", 1, "Met vriendelijke groet,\nJoost"],
    ];
    for (const [reply, greeting, sentences, signOff] of cases) {
      const parts = splitReply(reply);
      expect([parts.greeting, parts.sentences.length, parts.signOff], reply).toEqual([greeting, sentences, signOff]);
    }
  });

  it("does not take a word that begins like a greeting for one", () => {
    expect(splitReply("Caroline, das passt.").greeting).toBe("");
    expect(splitReply("Dagegen spricht nichts, finde ich.").greeting).toBe("");
  });
});
