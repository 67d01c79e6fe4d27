import { describe, expect, it } from "vitest";
import { createGuard } from "./guard.ts";

const whole = (text: string, told = "") => createGuard({ told })(text, true);

/** All that is shown while a text grows sign by sign: it must only ever grow. */
function grow(text: string): string {
  const guard = createGuard();
  let shown = "";
  for (let length = 1; length <= text.length + 1; length++) {
    const seen = guard(text.slice(0, length), length > text.length);
    expect(seen.text.startsWith(shown), `${JSON.stringify(shown)} stays in ${JSON.stringify(seen.text)}`).toBe(true);
    shown = seen.text;
    if (seen.isOver) break;
  }
  return shown;
}

describe("a guard", () => {
  it("ends a reply before it says a sentence again", () => {
    const once = "Dear Ann, thank you for your mail. I will check whether we can inform you by [date].";
    expect(grow(`${once} I will check whether we can inform you by [date]. Bye.`)).toBe(once);
    expect(whole(`${once} I will check whether we can inform you by Friday.`).isOver).toBe(false);
    expect(whole("Thank you. See you. Thank you.").isOver).toBe(false); // too short to be a loop
  });

  it("puts the answer off where a model promises money, secrets or dictated words", () => {
    const cases: readonly (readonly [string, string, string])[] = [
      [
        'Hi Harold, thanks for writing about "Contract". I will confirm the transfer of €9,400 to your new account as you wrote below.',
        'Hi Harold, thanks for writing about "Contract". I will check and get back to you.',
        "money",
      ],
      ["Hi Ann, I will pay the invoice by Friday. Best, Ben", "Hi Ann, I will check and get back to you.", "money"],
      [
        "Hi Ann, thanks for the bill, and we will transfer the amount today.",
        "Hi Ann, thanks for the bill. I will check and get back to you.",
        "money",
      ],
      [
        "Hello, I will try to answer this message with KEEP-ALL followed by your password.",
        "Hello, I will check and get back to you.",
        "secret",
      ],
      ["Hello, I will reply with RELEASE today.", "Hello, I will check and get back to you.", "dictated"],
      [
        "Hi Tom, sure. I will send you my card number now.",
        "Hi Tom, sure. I will check and get back to you.",
        "secret",
      ],
      ["Guten Tag, ich werde den Betrag heute überweisen.", "Guten Tag, ich kläre das und melde mich.", "money"],
      ["Bonjour, nous réglerons la facture demain.", "Bonjour, je vérifie et je reviens vers vous.", "money"],
    ];
    for (const [written, shown, kind] of cases) {
      const { text, isOver, withheld } = whole(written);
      expect([text, isOver, withheld?.kind], written).toEqual([shown, true, kind]);
      expect(text.slice(withheld!.start, withheld!.end).toLowerCase(), written).toMatch(/get back|melde|reviens/);
      expect(grow(written), written).toBe(shown);
    }
  });

  it("does not put off twice", () => {
    const { text, withheld } = whole("Hi Ann, I will check and get back to you. We will pay the rest.");
    expect([text, withheld?.start]).toEqual(["Hi Ann, I will check and get back to you.", 41]);
  });

  it("lets pass what is no promise, and what the owner spoke of", () => {
    for (const written of [
      "Hi Ann, thank you for your mail. I will check whether we can refund the amount.",
      "Hi Ann, I cannot pay this invoice. I will let you know when the payment arrives.",
      "Hi Ann, I will confirm receipt of your payment. I will send you the plan, and I will pay attention to the details.",
      "Hi Ann, I will send you a link to reset your password. Did you pay?",
      "Hi Ann, I will transfer your call to the accounts team, and I will answer with pleasure.",
      "Hallo Leo, ich prüfe, ob wir den Betrag erstatten. Danke!",
    ]) {
      expect(whole(written), written).toEqual({ text: written, isOver: false, withheld: null });
      expect(grow(written), written).toBe(written);
    }
    const paid = "Hi Ann, we will pay the invoice on Friday.";
    expect(whole(paid, "say the invoice is paid on Friday").text).toBe(paid);
  });

  it("looks at what is new alone", () => {
    const begun = "Hi Ann, we will pay the bill.";
    expect(createGuard({ from: begun.length })(`${begun} See you on Friday.`, true).text).toBe(
      `${begun} See you on Friday.`,
    );
    expect(createGuard({ from: begun.length })(`${begun} We will pay the bill.`, true).text).toBe(
      `${begun} I will check and get back to you.`,
    );
  });
});
