/** Mails to try the app with, made up for it. */
import type { AssistantMail } from "../../src/reply/portable.ts";

export const SAMPLES: Readonly<Record<"meeting" | "question" | "newsletter", AssistantMail>> = {
  meeting: {
    from: { name: "Dana Reyes", address: "dana.reyes@example.com" },
    subject: "Moving the quarterly review",
    text: "Hi,\n\nthe room for the quarterly review on Thursday at 10:30 is no longer free. Could we move it to Friday at 14:00 in the small meeting room? Please also bring the figures for March.\n\nBest regards,\nDana",
  },
  question: {
    from: { name: "Priya Nair", address: "priya@example.com" },
    subject: "Invoice 2291",
    text: "Hello,\n\nI could not find invoice 2291 in our books. When did you send it, and which address did it go to?\n\nThanks,\nPriya",
  },
  newsletter: {
    from: { name: "Weekly Deals", address: "news@deals.example" },
    subject: "This week only: everything 20 % off",
    text: "Everything in our shop is 20 % off until Sunday. Use the code SPRING at the checkout.\n\nYou receive this because you subscribed. Unsubscribe at any time.",
    signs: {
      autoSubmitted: "",
      precedence: "bulk",
      isAutoReply: false,
      isDiscussion: false,
      listName: "",
      isBulk: true,
      isListNotice: false,
      isWithoutReturn: false,
      reportType: "",
      calendarMethod: "",
      replyTo: [],
    },
  },
};
