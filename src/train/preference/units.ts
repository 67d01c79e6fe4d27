/** Replies that somebody compared or judged, as sequences of tokens. */
import { UserError } from "../../errors.ts";
import type { Recipe } from "../../recipe.ts";
import { encodeExample, type Tokenizer, TooLongError } from "../../tokens/index.ts";
import { repeats } from "../objective.ts";
import { type Example, lossTokens } from "../pack.ts";
import type { PreferenceUnit } from "./methods.ts";

/** What is to be learnt of a mail, in words. */
export type Lesson = {
  readonly id: string;
  /** As the student will read it, with the line that said how to reply. */
  readonly mail: string;
  /** A person made it of a draft, after the run was split. */
  readonly isEdit?: boolean;
} & (
  | { readonly kind: "pair"; readonly chosen: string; readonly rejected: string }
  | { readonly kind: "single"; readonly reply: string; readonly liked: boolean }
  | { readonly kind: "imitate"; readonly reply: string }
  /** The tokens of the reply that repeat are driven away. */
  | { readonly kind: "avoid"; readonly reply: string }
);

/** Lessons as sequences, and how many there is nothing to learn of. */
export interface EncodedLessons {
  readonly units: readonly PreferenceUnit[];
  /** Both sides are the same tokens. */
  readonly equal: readonly string[];
  /** The mail and a reply do not fit into train.maxTokens, or the two sides leave different parts of the mail. */
  readonly tooLong: readonly string[];
}

/** Encodes lessons in order; those that cannot be used are named by their mail. Throws UserError where more than train.maxLostFraction are too long. */
export function encodeLessons(
  lessons: readonly Lesson[],
  tokenizer: Tokenizer,
  { student, train }: Recipe,
): EncodedLessons {
  const { maxTokens, maxLostFraction } = train;
  const encode = ({ id, mail }: Lesson, reply: string): Example => {
    const encoded = encodeExample({ tokenizer, ...student, email: mail, reply, maxTokens });
    return { id, ids: Int32Array.from(encoded.ids), completionStart: encoded.completionStart };
  };
  const equal: string[] = [];
  const tooLong: string[] = [];
  const units: PreferenceUnit[] = [];
  const singles = lessons.filter((lesson) => lesson.kind === "single");
  for (const lesson of lessons) {
    try {
      const unit = encodeLesson(lesson, encode, singles);
      if (unit === "equal") equal.push(lesson.id);
      else if (unit === "unlike prompts") tooLong.push(lesson.id);
      else if (unit !== null) units.push(unit);
    } catch (error) {
      if (!(error instanceof TooLongError)) throw error;
      tooLong.push(lesson.id);
    }
  }
  if (tooLong.length > maxLostFraction * lessons.length)
    throw new UserError(
      `${tooLong.length} of ${lessons.length} comparisons do not fit into train.maxTokens = ${maxTokens} with their mail (the first: ${tooLong.slice(0, 3).join(", ")}). Raise it, or let more be left out with train.maxLostFraction.`,
    );
  return { units, equal, tooLong };
}

function encodeLesson(
  lesson: Lesson,
  encode: (lesson: Lesson, reply: string) => Example,
  singles: readonly (Lesson & { kind: "single" })[],
): PreferenceUnit | "equal" | "unlike prompts" | null {
  switch (lesson.kind) {
    case "pair": {
      const [chosen, rejected] = [encode(lesson, lesson.chosen), encode(lesson, lesson.rejected)];
      if (chosen.ids.join() === rejected.ids.join()) return "equal";
      return promptOf(chosen) === promptOf(rejected) ? { kind: "pair", chosen, rejected } : "unlike prompts";
    }
    case "single": {
      const before = singles.at(singles.indexOf(lesson) - 1)!; // the last for the first, as TRL turns them
      const [reply, mismatched] = [encode(lesson, lesson.reply), encode(lesson, before.reply)];
      return { kind: "single", reply, liked: lesson.liked, mismatched };
    }
    case "imitate": {
      const reply = encode(lesson, lesson.reply);
      return lossTokens(reply) > 0 ? { kind: "imitate", reply } : null;
    }
    case "avoid": {
      const reply = encode(lesson, lesson.reply);
      const avoided = repeats(reply);
      return avoided.some(Boolean) ? { kind: "avoid", reply, avoided } : null;
    }
    default:
      return lesson satisfies never;
  }
}

const promptOf = ({ ids, completionStart }: Example) => ids.slice(0, completionStart).join();
