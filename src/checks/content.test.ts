import { describe, expect, it } from "vitest";
import { loadLanguageDetector } from "../mail/index.ts";
import { findWrongAddressee } from "./addressee.ts";
import { findUnansweredAsks, findUntouchedAsks } from "./asks.ts";
import { type Commitment, findCommitments } from "./commitments.ts";
import { findOtherLanguage } from "./language.ts";
import { findPlaceholders } from "./placeholders.ts";
import { findWrongTone } from "./tone.ts";

describe("findCommitments (A6)", () => {
  it("finds promises nobody licensed", () => {
    const cases: [reply: string, kind: Commitment][] = [
      ["I have attached the slides.", "attachment"],
      ["Please find the signed form attached.", "attachment"],
      ["Anbei die Unterlagen.", "attachment"],
      ["We will refund the full amount.", "payment"],
      ["I'll pay the invoice.", "payment"],
      ["You will receive a full refund.", "payment"],
      ["We can offer you a 10% discount.", "payment"],
      ["We accept your offer.", "agreement"],
      ["I hereby approve the purchase order.", "agreement"],
      ["Consider it approved.", "agreement"],
      ["I'll send the report by Friday.", "deadline"],
      ["You'll have it by end of day.", "deadline"],
      ["We will finish the review no later than 12 May.", "deadline"],
      ["I will call you tomorrow.", "deadline"],
      ["I have sent the contract to Ben.", "action"],
      ["Your order has been cancelled.", "action"],
      ["I promise it will not happen again.".replace("not ", ""), "guarantee"],
      ["Nous vous remboursons la somme.", "payment"],
      ["Le enviaré el informe mañana.", "deadline"],
    ];
    for (const [reply, kind] of cases) expect(findCommitments(reply), reply).toContainEqual({ kind, text: reply });
  });

  it("leaves denials, conditions, questions, thanks and what is licensed", () => {
    const good = [
      "Thank you for the attached report.",
      "I could not find the attachment; could you send it again?",
      "I have not sent the contract yet.",
      "I will check whether a refund is possible.",
      "Could you send the invoice by Friday?",
      "If you accept, we will pay the invoice.",
      "Please send it by Friday.",
      "I can't accept your offer.",
      "I will get back to you about the price.",
      "Friday at noon works for me.",
      "The refund has not arrived.",
      "Have you already paid the invoice?",
      "I will check whether I can guarantee the room.",
      'I will get back to you on your question about "We will pay by Friday".',
      "I'm afraid we cannot offer a discount.",
    ];
    for (const reply of good) expect(findCommitments(reply), reply).toEqual([]);
    expect(findCommitments("I'll send it by Friday.", ["deadline"])).toEqual([]);
    expect(findCommitments("I cannot come, but I will pay the invoice.").map(({ kind }) => kind)).toEqual(["payment"]);
  });
});

describe("findPlaceholders (A7)", () => {
  const thread = "From: Ann Lee\n\nThe invoice of $300 is due on 4 May at 3 pm.";
  const check = (reply: string) => findPlaceholders(reply, { thread, senderName: "Ann Lee" });

  it("finds half a bracket wherever it stands in its line", () => {
    const text =
      "Hi Elif, yes, that works for me. I will find out whether Tuesday would be condate] at [time] instead.";
    expect(check(text).malformed).toEqual(["condate]"]);
    expect(check("That is fine :] and so is the rest.").malformed).toEqual([]);
  });

  it("finds well-formed gaps, and those the thread could fill", () => {
    expect(check("Dear [Name],\n\nYes.\n\nBest,\n[Your Name]")).toEqual({
      open: ["[Name]", "[Your Name]"],
      malformed: [],
      known: ["[Name]"],
    });
    expect(check("See you on {date} at <time>, I will bring [amount] to [place].").known).toEqual([
      "{date}",
      "<time>",
      "[amount]",
    ]);
    expect(check("Hi Ann, my number is [phone number].")).toEqual({
      open: ["[phone number]"],
      malformed: [],
      known: [],
    });
  });

  it("holds a day until which the writer answers for told only where the thread sets a limit", () => {
    const later = "I will check whether the yard is free and let you know by [date].";
    const told = (text: string) => findPlaceholders(later, { thread: text, senderName: "" }).known;
    expect(told("Can we have the yard on 5 May?")).toEqual([]);
    expect(told("Can we have the yard on 5 May? Please answer by Friday.")).toEqual(["[date]"]);
    expect(told("Please answer by Friday or until Monday.")).toEqual([]);
    expect(check("The invoice is due on [date].").known).toEqual(["[date]"]);
  });

  it("finds malformed gaps", () => {
    for (const reply of [
      "Dear [Name,",
      "Dear Name],",
      "Hi ____,",
      "The date is TBD.",
      "Dear name,",
      "It costs XXX.",
      "Best regards,\nYour Name",
    ])
      expect(check(reply).malformed.length, reply).toBeGreaterThan(0);
  });

  it("leaves links, smileys, quotes and sums alone", () => {
    for (const reply of [
      "See https://a.example/x?y=[1].",
      "Fine :-]",
      "a < b and c > d",
      'He said "[sic]".',
      "My name is Tom.",
    ]) {
      const { open, known } = check(reply);
      expect([open, known], reply).toEqual([[], []]);
    }
  });
});

describe("findWrongAddressee (A8)", () => {
  const people = {
    sender: { name: "Robert Lindqvist", address: "r.lindqvist@norr.example" },
    user: { name: "Ann Lee", address: "ann@lee.example" },
    others: [{ name: "Karen Holt", address: "karen@norr.example" }],
    thread: "Hi Ann,\nplease tell Karen.\nThanks,\nBob",
  };
  const wrong = (reply: string) => findWrongAddressee(reply, people);

  it("accepts the sender by any of their names, no name, and the user's own signature", () => {
    const good = [
      "Hi Robert,\n\nyes.\n\nBest,\nAnn",
      "Dear Mr Lindqvist,\n\nyes.".replace("Mr ", ""),
      "Hi Bob, yes. Thanks, Ann Lee",
      "Hi Rob,\n\nyes.",
      "Hello,\n\nyes.",
      "Dear Sir or Madam,\n\nyes.",
      "Yes, I told Karen.\n\nBest,\n[Your Name]",
    ];
    for (const reply of good) expect(wrong(reply), reply).toEqual([]);
  });

  it("finds the wrong person, the wrong signature and a guessed gender", () => {
    expect(wrong("Hi Ann,\n\nyes.")).toEqual(["Hi Ann,"]);
    expect(wrong("Dear Karen,\n\nyes.")).toEqual(["Dear Karen,"]);
    expect(wrong("Hello Priya, yes.")).toEqual(["Hello Priya,"]);
    expect(wrong("Hi Bob,\n\nyes.\n\nBest,\nRobert Lindqvist")).toEqual(["Best,\nRobert Lindqvist"]);
    expect(wrong("Dear Mr Lindqvist,\n\nyes.")).toEqual(["Dear Mr Lindqvist,"]);
    expect(
      findWrongAddressee("Dear Mr Lindqvist,\n\nyes.", { ...people, thread: "Regards,\nMr R. Lindqvist" }),
    ).toEqual([]);
  });
});

describe("findUnansweredAsks (A9)", () => {
  const asks = [
    { text: "which day?", any: ["friday", "\\bday"] },
    { text: "how many?", any: ["\\b(?:six|6)\\b"] },
  ];

  it("names the ask that was passed over", () => {
    expect(findUnansweredAsks("Friday is fine.", asks).map(({ text }) => text)).toEqual(["how many?"]);
    expect(findUnansweredAsks("Thank you for your message.", asks)).toHaveLength(2);
    expect(findUnansweredAsks("Friday, and we are SIX.", asks)).toEqual([]);
  });

  it("lets an honest deferral stand, in several languages, and not any future", () => {
    for (const reply of [
      "I'll check with Sam and get back to you.",
      "Ich melde mich morgen.",
      "Je reviens vers vous.",
      "Ti faccio sapere.",
      "Ik laat het je weten.",
    ])
      expect(findUnansweredAsks(reply, asks), reply).toEqual([]);
    expect(findUnansweredAsks("I will be happy to help.", asks)).toHaveLength(2);
    expect(findUntouchedAsks("I'll check and get back to you about Friday.", asks)).toEqual([asks[1]]);
  });
});

describe("findOtherLanguage (A10)", () => {
  const texts = {
    en: "Thank you for the note, I will be there on Friday with the two files.",
    de: "Vielen Dank für die Nachricht, ich bin am Freitag mit den beiden Dateien da.",
    fr: "Merci pour votre message, je serai là vendredi avec les deux dossiers.",
    es: "Gracias por el mensaje, estaré el viernes con los dos archivos.",
    it: "Grazie per il messaggio, venerdì sarò lì con i due documenti.",
    pt: "Obrigado pela mensagem, na sexta-feira estarei com os dois ficheiros.",
    nl: "Bedankt voor je bericht, ik ben er vrijdag met de twee bestanden.",
  };

  it("tells seven languages apart", async () => {
    const { detect } = await loadLanguageDetector();
    for (const [language, text] of Object.entries(texts)) {
      expect(findOtherLanguage(text, language, detect), text).toBeUndefined();
      expect(findOtherLanguage(text, language === "en" ? "de" : "en", detect)).toContain(text);
    }
  });

  it("says nothing of short texts and of texts it cannot place", async () => {
    const { detect } = await loadLanguageDetector();
    expect(findOtherLanguage("Gracias, de acuerdo.", "en", detect)).toBeUndefined();
    expect(findOtherLanguage("10:30 – 12:45, 3 × 4 = 12, a@b.example", "en", detect)).toBeUndefined();
  });
});

describe("findWrongTone (A11)", () => {
  it("finds what does not fit the register", () => {
    expect(findWrongTone("Hey dude, awesome 😎", "formal")).toHaveLength(2);
    expect(findWrongTone("Great! Super! Thanks!", "neutral")).toEqual(["3 exclamation marks"]);
    expect(findWrongTone("That is not my problem.", "casual")).toEqual(["rude: not my problem"]);
    expect(findWrongTone("I am writing to confirm. Yours faithfully, Ann", "casual")).toHaveLength(1);
    expect(findWrongTone("THANK YOU FOR YOUR MESSAGE, I WILL COME.", "neutral")).toEqual(["all capitals"]);
    expect(findWrongTone("Maybe I might come, I think, perhaps.", "neutral")).toEqual(["4 hedges"]);
  });

  it("leaves what does", () => {
    expect(findWrongTone("Thank you for your letter. I shall attend.", "formal")).toEqual([]);
    expect(findWrongTone("Hey! Yes!! I'm in 🎉", "casual")).toEqual([]);
    expect(findWrongTone("Thanks! I think it works.", "neutral")).toEqual([]);
  });
});
