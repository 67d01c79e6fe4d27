/** A judge's answer, read and checked: a verdict, or everything that is wrong with it. Nothing is guessed. */
import { z } from "zod";
import { cutText } from "../formats/index.ts";
import { findObjects, readModelText } from "../prompts/index.ts";
import { type CriterionName, criteria, criterionNames, deriveOutcome, type Finding, type Outcome } from "./criteria.ts";
import { findPlaceholders, isQuoted } from "./quotes.ts";

/** A usable answer about one reply. */
export interface ReplyVerdict {
  readonly outcome: Outcome;
  readonly failed: readonly CriterionName[];
  readonly placeholders: readonly string[];
  readonly findings: Readonly<Record<CriterionName, readonly Finding[]>>;
}

/** Which of two replies is better, by the place in which it was shown. */
export type PairVerdict = "first" | "second" | "tie";

/** The value, or what is wrong with the answer. */
export type Read<T> = { readonly value: T } | { readonly defects: readonly string[] };

const finding = z.object({ email: z.string(), reply: z.string(), note: z.string().default("") });
const verdict = z.enum(["pass", "fail"]);
const replyAnswer = z.object({
  ...(Object.fromEntries(
    criterionNames.map((name) => [name, z.object({ findings: z.array(finding), verdict })]),
  ) as Record<CriterionName, z.ZodObject<{ findings: z.ZodArray<typeof finding>; verdict: typeof verdict }>>),
  placeholders: z.array(z.string()),
});

const pairAnswer = z.object({
  differences: z.array(
    z.object({
      first: z.string(),
      second: z.string(),
      note: z.string().default(""),
      better: z.enum(["first", "second", "neither"]),
    }),
  ),
  verdict: z.enum(["first", "second", "tie"]),
});

/** Reads an answer about one reply. Quotes must stand in the texts, and verdicts must follow from the findings. */
export function readReplyVerdict(text: string, { email, reply }: { email: string; reply: string }): Read<ReplyVerdict> {
  const parsed = parseAnswer(text, replyAnswer);
  if ("defects" in parsed) return parsed;
  const { placeholders, ...answers } = parsed.value;
  const defects: string[] = [];
  const failed: CriterionName[] = [];
  for (const name of criterionNames) {
    const { findings, verdict } = answers[name];
    if (verdict === "fail") failed.push(name);
    defects.push(...checkFindings(name, findings, { email, reply }), ...checkVerdict(name, findings, verdict));
  }
  for (const placeholder of placeholders) {
    if (!isQuoted(placeholder, reply)) defects.push(`placeholders: ${show(placeholder)} does not stand in the reply`);
  }
  for (const placeholder of findPlaceholders(reply, email)) {
    if (!placeholders.some((known) => known.includes(placeholder) || placeholder.includes(known)))
      defects.push(`placeholders: ${show(placeholder)} stands in the reply and is not listed`);
  }
  if (defects.length > 0) return { defects };
  const findings = Object.fromEntries(criterionNames.map((name) => [name, answers[name].findings])) as Record<
    CriterionName,
    Finding[]
  >;
  return { value: { outcome: deriveOutcome(failed, placeholders), failed, placeholders, findings } };
}

/** Reads an answer about two replies, in the order they were shown. */
export function readPairVerdict(text: string, { first, second }: { first: string; second: string }): Read<PairVerdict> {
  const parsed = parseAnswer(text, pairAnswer);
  if ("defects" in parsed) return parsed;
  const { differences, verdict } = parsed.value;
  const defects: string[] = [];
  differences.forEach((difference, i) => {
    const where = `differences[${i}]`;
    for (const [place, reply] of [
      ["first", first],
      ["second", second],
    ] as const) {
      if (difference[place] !== "" && !isQuoted(difference[place], reply))
        defects.push(`${where}.${place}: ${show(difference[place])} does not stand in the ${place} reply`);
    }
    if (difference.first === "" && difference.second === "") defects.push(`${where}: quotes neither reply`);
  });
  if (verdict !== "tie" && !differences.some(({ better }) => better === verdict))
    defects.push(`verdict: "${verdict}", but no difference says that it is better`);
  return defects.length > 0 ? { defects } : { value: verdict };
}

function checkFindings(
  name: CriterionName,
  findings: readonly Finding[],
  { email, reply }: { email: string; reply: string },
): string[] {
  const { needs, always } = criteria[name];
  const defects: string[] = [];
  if (always && findings.length === 0) defects.push(`${name}: needs at least one finding`);
  findings.forEach((finding, i) => {
    const where = `${name}.findings[${i}]`;
    if (finding[needs].trim() === "") defects.push(`${where}.${needs}: must quote the ${needs}`);
    else if (!isQuoted(finding[needs], needs === "email" ? email : reply))
      defects.push(`${where}.${needs}: ${show(finding[needs])} does not stand in the ${needs}`);
    const other = needs === "email" ? "reply" : "email";
    if (finding[other] !== "" && !isQuoted(finding[other], other === "email" ? email : reply))
      defects.push(`${where}.${other}: ${show(finding[other])} does not stand in the ${other}`);
  });
  return defects;
}

function checkVerdict(name: CriterionName, findings: readonly Finding[], verdict: "pass" | "fail"): string[] {
  const { against } = criteria[name];
  if (against === null) return [];
  const expected = findings.some(against) ? "fail" : "pass";
  if (verdict === expected) return [];
  const why = expected === "fail" ? "a finding speaks against the reply" : "no finding speaks against the reply";
  return [`${name}: the verdict is "${verdict}", but ${why}`];
}

function parseAnswer<T>(text: string, schema: z.ZodType<T>): Read<T> {
  const said = readModelText(text);
  const objects = findObjects(said).map(({ value }) => value);
  const object = objects.findLast((value) => schema.safeParse(value).success) ?? objects.at(-1);
  if (object === undefined)
    return { defects: [said === "" ? "the answer is empty or only reasoning" : "the answer is not a JSON object"] };
  const result = schema.safeParse(object);
  if (result.success) return { value: result.data };
  return { defects: result.error.issues.map(({ path, message }) => `${path.join(".") || "the answer"}: ${message}`) };
}

function show(quote: string): string {
  return JSON.stringify(quote.length > 80 ? `${cutText(quote, 80)}…` : quote);
}
