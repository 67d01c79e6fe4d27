/**
 * Twenty small instructions that have nothing to do with mail, each with a check that needs no judge: what a model follows of them before and after
 * its training shows what it forgot (a LoRA of a 1B model on general chats lost 5.75 points of IFEval, arXiv:2311.07911's measure).
 */

/** An instruction, whether an answer follows it, and one that does. */
export interface Instruction {
  readonly id: string;
  readonly text: string;
  readonly follows: (answer: string) => boolean;
  readonly example: string;
}

/** How many instructions a model followed, and which it did not. */
export interface InstructionFigures {
  readonly followed: number;
  readonly missed: readonly string[];
}

const words = (text: string) => text.match(/[\p{L}\p{N}']+/gu) ?? [];
const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "");
const says =
  (pattern: RegExp) =>
  (answer: string): boolean =>
    pattern.test(answer);

/** ours: facts that every small model knows, and plain rules of form. */
export const instructions: readonly Instruction[] = [
  {
    ...{ id: "sum", text: "What is 2 + 3? Answer with the number alone." },
    ...{ follows: (answer) => answer.trim().replace(/\.$/, "") === "5", example: "5" },
  },
  {
    ...{ id: "capital", text: "What is the capital of France?" },
    ...{ follows: says(/\bParis\b/), example: "The capital of France is Paris." },
  },
  {
    ...{ id: "opposite", text: "What is the opposite of hot? Answer with one word." },
    ...{ follows: says(/^\W*cold\W*$/i), example: "Cold." },
  },
  {
    ...{ id: "yes-no", text: "Is the sun a star? Answer only yes or no." },
    ...{ follows: says(/^\W*yes\W*$/i), example: "Yes" },
  },
  {
    ...{ id: "sky", text: "Which colour has a clear sky by day?" },
    ...{ follows: says(/\bblue\b/i), example: "A clear sky is blue." },
  },
  {
    ...{ id: "days", text: "Name the seven days of the week." },
    ...{
      follows: (answer: string) =>
        ["Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun"].every((day) => answer.includes(`${day}day`)),
      example: "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.",
    },
  },
  {
    ...{ id: "three-lines", text: "List three fruits, one on each line, and nothing else." },
    ...{ follows: (answer) => lines(answer).length === 3 && words(answer).length <= 9, example: "Apple\nPear\nPlum" },
  },
  {
    ...{ id: "upper-case", text: "Write the word hello in upper case." },
    ...{ follows: says(/\bHELLO\b/), example: "HELLO" },
  },
  {
    ...{ id: "repeat", text: 'Repeat exactly: "The red fox sleeps."' },
    ...{ follows: says(/^"?The red fox sleeps\."?$/), example: "The red fox sleeps." },
  },
  {
    ...{ id: "translate", text: 'Translate "thank you" into French.' },
    ...{ follows: says(/\bmerci\b/i), example: "Merci." },
  },
  {
    ...{ id: "plural", text: "What is the plural of child? Answer with one word." },
    ...{ follows: says(/^\W*children\W*$/i), example: "children" },
  },
  {
    ...{ id: "past", text: "What is the past tense of go? Answer with one word." },
    ...{ follows: says(/^\W*went\W*$/i), example: "Went" },
  },
  {
    ...{ id: "count", text: "Count from one to five in digits." },
    ...{ follows: says(/\b1\b\D+2\b\D+3\b\D+4\b\D+5\b(?!\D*6\b)/), example: "1, 2, 3, 4, 5" },
  },
  {
    ...{ id: "json", text: 'Write a JSON object with the key "name" and the value "Ann", and nothing else.' },
    ...{ follows: (answer) => isObject(answer, "name", "Ann"), example: '{"name": "Ann"}' },
  },
  {
    ...{ id: "animal", text: "Is a dog a plant or an animal? Answer with one word." },
    ...{ follows: says(/^\W*animal\W*$/i), example: "Animal" },
  },
  {
    ...{ id: "short", text: "Describe rain in at most eight words." },
    ...{
      follows: (answer) => words(answer).length > 0 && words(answer).length <= 8,
      example: "Drops of water that fall from clouds.",
    },
  },
  {
    ...{ id: "starts-with", text: "Write one sentence that begins with the word Tomorrow." },
    ...{ follows: says(/^\W*Tomorrow\b/), example: "Tomorrow we go to the sea." },
  },
  {
    ...{ id: "months", text: "How many months has a year? Answer with the number alone." },
    ...{ follows: says(/^\W*(12|twelve)\W*$/i), example: "12" },
  },
  {
    ...{ id: "spell", text: "Spell the word cat with hyphens between its letters." },
    ...{ follows: says(/\bc-a-t\b/i), example: "c-a-t" },
  },
  {
    ...{ id: "ends-with", text: "Write one short sentence and end it with the word END in capitals." },
    ...{ follows: says(/\bEND\W*$/), example: "The day is over. END" },
  },
];

function isObject(answer: string, key: string, value: string): boolean {
  const text = answer.trim().replace(/^```(?:json)?|```$/g, "");
  try {
    const found: unknown = JSON.parse(text);
    return JSON.stringify(found) === JSON.stringify({ [key]: value });
  } catch {
    return false;
  }
}

/** What `answers`, by id, follow. */
export function checkInstructions(answers: ReadonlyMap<string, string>): InstructionFigures {
  const missed = instructions.filter(({ id, follows }) => !follows(answers.get(id) ?? "")).map(({ id }) => id);
  return { followed: instructions.length - missed.length, missed };
}
