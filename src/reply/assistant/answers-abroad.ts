/** Short replies in German, French and Spanish by what the mail asks: to a time with that time in them, to a yes or no with one. */
import type { Ask } from "../../mail/portable.ts";
import { findAsksAbroad, newsAbroad } from "./asks-abroad.ts";
import type { Intent } from "./phrases.ts";

type ByIntent = Readonly<Partial<Record<Intent, string>>>;

/** `{t}` is a time as the mail has it. */
interface Answers {
  readonly time: ByIntent;
  /** A time is asked for, and none is named. */
  readonly when: ByIntent;
  readonly request: ByIntent;
  readonly agree: ByIntent;
  readonly question: ByIntent;
  readonly loss: ByIntent;
  readonly thanks: ByIntent;
}

const FORMAL: Readonly<Record<string, Answers>> = {
  de: {
    time: {
      accept: "Ja, {t} passt mir gut.",
      decline: "{t} passt mir leider nicht.",
      ask: "Könnten wir einen anderen Termin finden?",
    },
    when: {
      accept: "Gerne, bitte schlagen Sie einen Termin vor.",
      decline: "Zurzeit passt es mir leider nicht.",
      ask: "Wann würde es Ihnen am besten passen?",
    },
    request: { accept: "Ja, das mache ich gerne.", decline: "Das kann ich leider nicht." },
    agree: { accept: "Ja, natürlich.", decline: "Nein, leider nicht." },
    question: { defer: "Das prüfe ich und melde mich.", answer: "Das weiß ich leider nicht." },
    loss: {
      acknowledge: "Mein herzliches Beileid.",
      answer: "Ich denke an Sie und Ihre Familie.",
      ask: "Kann ich etwas für Sie tun?",
    },
    thanks: { acknowledge: "Sehr gerne." },
  },
  fr: {
    time: {
      accept: "Oui, {t} me convient.",
      decline: "Malheureusement, {t} ne me convient pas.",
      ask: "Pourrions-nous trouver un autre moment ?",
    },
    when: {
      accept: "Avec plaisir, proposez-moi une date.",
      decline: "Malheureusement, je ne suis pas disponible en ce moment.",
      ask: "Quand cela vous conviendrait-il le mieux ?",
    },
    request: { accept: "Oui, je m'en occupe.", decline: "Malheureusement, je ne peux pas le faire." },
    agree: { accept: "Oui, bien sûr.", decline: "Non, malheureusement pas." },
    question: { defer: "Je vais me renseigner.", answer: "Malheureusement, je ne le sais pas." },
    loss: {
      acknowledge: "Toutes mes condoléances.",
      answer: "Mes pensées vont à vous et à votre famille.",
      ask: "Puis-je faire quelque chose pour vous ?",
    },
    thanks: { acknowledge: "Avec plaisir." },
  },
  es: {
    time: {
      accept: "Sí, {t} me viene bien.",
      decline: "Lamentablemente, {t} no me viene bien.",
      ask: "¿Podríamos buscar otro momento?",
    },
    when: {
      accept: "Con mucho gusto, propóngame una fecha.",
      decline: "Lamentablemente, ahora mismo no puedo.",
      ask: "¿Cuándo le vendría mejor?",
    },
    request: { accept: "Sí, yo me encargo.", decline: "Lamentablemente, no puedo hacerlo." },
    agree: { accept: "Sí, por supuesto.", decline: "No, lamentablemente no." },
    question: { defer: "Lo averiguo.", answer: "Lamentablemente, no lo sé." },
    loss: {
      acknowledge: "Le acompaño en el sentimiento.",
      answer: "Mis pensamientos están con usted y su familia.",
      ask: "¿Puedo hacer algo por usted?",
    },
    thanks: { acknowledge: "Con mucho gusto." },
  },
};

/** What is said otherwise to a friend. */
const FAMILIAR: Readonly<Record<string, (formal: Answers) => Answers>> = {
  de: (formal) => ({
    ...formal,
    when: {
      ...formal.when,
      accept: "Gerne, schlag einfach einen Termin vor.",
      ask: "Wann würde es dir am besten passen?",
    },
    loss: {
      ...formal.loss,
      answer: "Ich denke an dich und deine Familie.",
      ask: "Kann ich etwas für dich tun?",
    },
  }),
  fr: (formal) => ({
    ...formal,
    when: {
      ...formal.when,
      accept: "Avec plaisir, propose-moi une date.",
      ask: "Quand est-ce que cela te conviendrait le mieux ?",
    },
    loss: {
      ...formal.loss,
      answer: "Mes pensées vont à toi et à ta famille.",
      ask: "Puis-je faire quelque chose pour toi ?",
    },
  }),
  es: (formal) => ({
    ...formal,
    when: {
      ...formal.when,
      accept: "Con mucho gusto, propónme una fecha.",
      ask: "¿Cuándo te vendría mejor?",
    },
    loss: {
      acknowledge: "Te acompaño en el sentimiento.",
      answer: "Mis pensamientos están contigo y con tu familia.",
      ask: "¿Puedo hacer algo por ti?",
    },
  }),
};

/** A sentence for an intent, of the first ask that has one, a time before others; null where none fits what the mail says. */
export function answerAbroad(
  intent: Intent,
  { text, language, isFamiliar }: { text: string; language: string; isFamiliar: boolean },
): string | null {
  const formal = FORMAL[language];
  if (formal === undefined) return null;
  const answers = isFamiliar ? FAMILIAR[language](formal) : formal;
  const news = newsAbroad(text, language);
  if (news === "loss") return answers.loss[intent] ?? null;
  const asks = findAsksAbroad(text, language).toSorted((a, b) => Number(b.kind === "time") - Number(a.kind === "time"));
  for (const ask of asks) {
    const found = rowOf(answers, ask)[intent];
    if (found === undefined) continue;
    const [time = ""] = ask.times;
    const said = found.replace("{t}", () => time);
    return said.charAt(0).toUpperCase() + said.slice(1);
  }
  return (asks.length === 0 && news === "thanks" && answers.thanks[intent]) || null;
}

function rowOf(answers: Answers, { kind, times }: Ask): ByIntent {
  if (kind === "time") return times.length > 0 ? answers.time : answers.when;
  if (kind === "request" || kind === "question") return answers[kind];
  return answers.agree;
}
