/**
 * Compatibility readings: BLEU as it is often computed and not always said. None is comparable with sacreBLEU's; side by side with it
 * they explain published numbers that look too good.
 */
import { UserError } from "../errors.ts";
import { type BleuOptions, bleu, sentenceBleu } from "./bleu.ts";
import { type ReferenceStreams, referencesBySegment } from "./streams.ts";

/** What the readings are made from; a reading whose texts are missing says so instead of a score. */
export interface CompatTexts {
  readonly candidates: readonly string[];
  readonly references: ReferenceStreams;
  /** What each candidate answers. */
  readonly prompts?: readonly string[];
  /**
   * What the model finds likeliest at each place when it is shown the reference up to there: comes from the model, not from its replies. Null
   * for a reference that does not fit its context; or why there is none at all.
   */
  readonly teacherForced?: readonly (string | null)[] | { readonly missing: string };
}

/** One reading. */
export interface CompatReading {
  readonly name: "sacreBLEU" | "BLEU-1" | "sentence average" | "prompt included" | "teacher-forced";
  /** What is done, and why it is wrong. */
  readonly description: string;
  /** 0 to 100; null where the texts for it are missing. */
  readonly score: number | null;
  readonly signature: string | null;
  /** What is missing. */
  readonly missing: string | null;
}

/** The reading to trust, then the others, always in the same order. Throws UserError on lists that do not fit. */
export function compatReadings({ candidates, references, prompts, teacherForced }: CompatTexts): CompatReading[] {
  const read = (list: readonly string[], streams = references, options: BleuOptions = {}) => {
    const { score, signature } = bleu(list, streams, options);
    return { score, signature, missing: null };
  };
  const lacking = (missing: string) => ({ score: null, signature: null, missing });
  const forced = teacherForced ?? NO_MODEL;
  return [
    {
      name: "sacreBLEU",
      description: "corpus BLEU with sacreBLEU's defaults: the one to compare",
      ...read(candidates),
    },
    {
      name: "BLEU-1",
      description: "single words only, whatever their order: not what BLEU means without a number",
      ...read(candidates, references, { maxOrder: 1 }),
    },
    {
      name: "sentence average",
      description: "mean of smoothed, lower-cased sentence scores: not the score of the corpus",
      ...averageSentences(candidates, references),
    },
    {
      name: "prompt included",
      description: "the mail left in front of both texts: every word of it counts as right",
      ...(prompts
        ? note(read(...withPrompts(prompts, candidates, references)), "text:prompt-included")
        : lacking("the mails that the candidates answer")),
    },
    {
      name: "teacher-forced",
      description: "the likeliest next word after the reference's own words: the model never wrote this text",
      ...("missing" in forced
        ? lacking(forced.missing)
        : note(read(...withoutGaps(forced, references)), "text:teacher-forced")),
    },
  ];
}

const NO_MODEL = {
  missing: "the model's likeliest words along the references, which text files of replies do not hold",
};

/** The texts that there are, and the references they belong to. */
function withoutGaps(texts: readonly (string | null)[], references: ReferenceStreams) {
  const known = texts.filter((text) => text !== null);
  return [known, references.map((stream) => stream.filter((_, i) => texts[i] !== null))] as const;
}

function averageSentences(candidates: readonly string[], references: ReferenceStreams) {
  const segments = referencesBySegment(candidates, references);
  const scores = candidates.map((candidate, i) => sentenceBleu(candidate, segments[i], { lowercase: true }).score);
  const { signature } = bleu(candidates, references, { lowercase: true, effectiveOrder: true });
  const score = scores.reduce((sum, one) => sum + one, 0) / scores.length;
  return note({ score, signature, missing: null }, "level:sentence-mean");
}

/** The reading with `part` in its signature, before the versions. */
function note<T extends { signature: string }>(reading: T, part: string): T {
  return { ...reading, signature: reading.signature.replace("|impl:", `|${part}|impl:`) };
}

/** Throws UserError where there is not a prompt for every candidate. */
function withPrompts(prompts: readonly string[], candidates: readonly string[], references: ReferenceStreams) {
  if (prompts.length !== candidates.length) {
    throw new UserError(
      `${candidates.length} candidates cannot follow ${prompts.length} prompts: each answers its own.`,
    );
  }
  const join = (text: string, i: number) => `${prompts[i]}\n${text}`;
  return [
    candidates.map(join),
    references.map((stream) => stream.map((text, i) => (text === null ? null : join(text, i)))),
  ] as const;
}
