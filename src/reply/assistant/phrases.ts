/** The few words that are ours and not the model's: how a reply in each language greets, opens by intent, and falls back on. */
import type { Formality } from "../../mail/portable.ts";

/** What a suggestion does. `answer` is whatever the model says of itself. */
export const INTENTS = ["accept", "decline", "ask", "defer", "acknowledge", "answer"] as const;
export type Intent = (typeof INTENTS)[number];

/** The languages that have words here; in others the model writes without them. */
export type PhraseLanguage = "en" | "de" | "fr" | "es";

/** The words of one language. */
export interface Phrases {
  /** `{name}` is the sender; "" where nobody is known. */
  readonly greeting: { readonly formal: string; readonly friendly: string; readonly nameless: string };
  /** The sentence between greeting and matter, which a chip does not show. */
  readonly lead: string;
  /** Beginnings of the sentence that carries the intent, in the order in which they are tried. */
  readonly openers: Readonly<Record<Intent, readonly string[]>>;
  /** A whole reply of each intent that fits any mail: what is shown where the model has nothing that passes the checks. */
  readonly plain: Readonly<Record<Intent, string>>;
  /** The sentence that a steering line asks for; `{x}` is what it names. */
  readonly say: {
    readonly propose: string;
    /** `{x}` is a clause ("when it opens"), or a thing ("the order number"). */
    readonly ask: string;
    readonly askFor: string;
    readonly confirm: string;
  };
}

const PHRASES: Readonly<Record<PhraseLanguage, Phrases>> = {
  en: {
    greeting: { formal: "Dear {name},", friendly: "Hi {name},", nameless: "Hello," },
    lead: "thank you for your mail.",
    openers: {
      accept: ["Yes,", "I would be happy to", "That works for me", "I will"],
      decline: ["Unfortunately, I cannot", "I am sorry, but I cannot", "Unfortunately,"],
      ask: ["Could you please", "Could you", "When", "What"],
      defer: ["I will check", "I will let you know", "I will get back to you"],
      acknowledge: ["I have noted", "Thank you for letting me know", "I appreciate"],
      answer: [""],
    },
    plain: {
      accept: "Yes, that works for me.",
      decline: "Unfortunately, that does not work for me.",
      ask: "Could you please tell me a little more?",
      defer: "I will check and get back to you.",
      acknowledge: "Thank you for letting me know.",
      answer: "Understood, I will keep it in mind.",
    },
    say: {
      propose: "Would {x} work for you?",
      ask: "Could you please tell me {x}?",
      askFor: "Could you please tell me {x}?",
      confirm: "{x} works for me.",
    },
  },
  de: {
    greeting: { formal: "Guten Tag {name},", friendly: "Hallo {name},", nameless: "Guten Tag," },
    lead: "vielen Dank für Ihre Nachricht.",
    openers: {
      accept: ["Ja,", "Gerne", "Das passt mir"],
      decline: ["Leider kann ich", "Leider"],
      ask: ["Könnten Sie", "Wann", "Was"],
      defer: ["Ich melde mich", "Ich kläre das"],
      acknowledge: ["Ich habe", "Danke für"],
      answer: [""],
    },
    plain: {
      accept: "Ja, das passt mir gut.",
      decline: "Leider passt mir das nicht.",
      ask: "Könnten Sie mir etwas mehr dazu sagen?",
      defer: "Ich kläre das und melde mich.",
      acknowledge: "Danke für die Nachricht.",
      answer: "Alles klar.",
    },
    say: {
      propose: "Würde Ihnen {x} passen?",
      ask: "Könnten Sie mir sagen, {x}?",
      askFor: "Könnten Sie mir {x} nennen?",
      confirm: "{x} passt mir.",
    },
  },
  fr: {
    greeting: { formal: "Bonjour {name},", friendly: "Bonjour {name},", nameless: "Bonjour," },
    lead: "merci pour votre message.",
    openers: {
      accept: ["Oui,", "Avec plaisir,"],
      decline: ["Malheureusement, je ne peux pas", "Malheureusement,"],
      ask: ["Pourriez-vous", "Quand"],
      defer: ["Je vérifie", "Je reviens vers vous"],
      acknowledge: ["C'est noté", "Merci de"],
      answer: [""],
    },
    plain: {
      accept: "Oui, cela me convient.",
      decline: "Malheureusement, cela ne me convient pas.",
      ask: "Pourriez-vous m'en dire un peu plus ?",
      defer: "Je vérifie et je reviens vers vous.",
      acknowledge: "Merci de m'avoir prévenu.",
      answer: "C'est entendu.",
    },
    say: {
      propose: "Est-ce que {x} vous conviendrait ?",
      ask: "Pourriez-vous me dire {x} ?",
      askFor: "Pourriez-vous m'indiquer {x} ?",
      confirm: "{x} me convient.",
    },
  },
  es: {
    greeting: { formal: "Buenos días, {name}:", friendly: "Hola, {name}:", nameless: "Hola:" },
    lead: "gracias por su mensaje.",
    openers: {
      accept: ["Sí,", "Con mucho gusto"],
      decline: ["Lamentablemente, no puedo", "Lamentablemente,"],
      ask: ["¿Podría", "¿Cuándo"],
      defer: ["Lo consulto", "Le confirmo"],
      acknowledge: ["Tomo nota", "Gracias por"],
      answer: [""],
    },
    plain: {
      accept: "Sí, me viene bien.",
      decline: "Lamentablemente, no me viene bien.",
      ask: "¿Podría darme más detalles?",
      defer: "Lo consulto y le confirmo.",
      acknowledge: "Gracias por avisarme.",
      answer: "De acuerdo.",
    },
    say: {
      propose: "¿Le vendría bien {x}?",
      ask: "¿Podría decirme {x}?",
      askFor: "¿Podría indicarme {x}?",
      confirm: "{x} me viene bien.",
    },
  },
};

/** What is said otherwise to somebody who says "du". */
const FAMILIAR: Readonly<Partial<Record<PhraseLanguage, (formal: Phrases) => Phrases>>> = {
  de: (formal) => ({
    ...formal,
    lead: "danke für deine Nachricht.",
    openers: { ...formal.openers, ask: ["Könntest du", "Wann", "Was"] },
    plain: {
      ...formal.plain,
      ask: "Könntest du mir etwas mehr dazu sagen?",
    },
    say: {
      ...formal.say,
      propose: "Würde dir {x} passen?",
      ask: "Könntest du mir sagen, {x}?",
      askFor: "Könntest du mir {x} nennen?",
    },
  }),
  fr: (formal) => ({
    ...formal,
    lead: "merci pour ton message.",
    openers: { ...formal.openers, ask: ["Pourrais-tu", "Quand"], defer: ["Je vérifie", "Je reviens vers toi"] },
    plain: {
      ...formal.plain,
      ask: "Pourrais-tu m'en dire un peu plus ?",
      defer: "Je vérifie et je reviens vers toi.",
    },
    say: {
      ...formal.say,
      propose: "Est-ce que {x} te conviendrait ?",
      ask: "Pourrais-tu me dire {x} ?",
      askFor: "Pourrais-tu m'indiquer {x} ?",
    },
  }),
  es: (formal) => ({
    ...formal,
    lead: "gracias por tu mensaje.",
    openers: { ...formal.openers, ask: ["¿Podrías", "¿Cuándo"], defer: ["Lo consulto", "Te confirmo"] },
    plain: {
      ...formal.plain,
      ask: "¿Podrías darme más detalles?",
      defer: "Lo consulto y te confirmo.",
    },
    say: {
      ...formal.say,
      propose: "¿Te vendría bien {x}?",
      ask: "¿Podrías decirme {x}?",
      askFor: "¿Podrías indicarme {x}?",
    },
  }),
};

/** The words for a language, as to a friend where the mail is casual; null where there are none. */
export function phrasesFor(language: string, formality?: Formality): Phrases | null {
  if (!(language in PHRASES)) return null;
  const known = language as PhraseLanguage; // one of its keys
  return (formality === "casual" && FAMILIAR[known]?.(PHRASES[known])) || PHRASES[known];
}
