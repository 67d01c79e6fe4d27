/** A small dataset with everything that is hard to write: quotes, line ends, other scripts, missing values, no rows at all. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Scores } from "../prompts/index.ts";
import { makeEmail } from "./distill.fixture.ts";
import type { Preference, Rejected, Reply, ResultPaths } from "./results.ts";

const scores = (relevance: number): Scores => ({ relevance, conciseness: 0.9, adaptability: 1, politeness: 0 });
const credits = { teacher: "gpt-4o-2024-08-06", judge: "built-in rules, not a language model" };
const email = (i: number) => ({
  ...makeEmail(
    i,
    ['A "quoted" line,\n\n\tand a tab\\n', "您好，请回复 🙂", "null", `${"long ".repeat(400)}end`][i % 4],
  ),
  date: i % 2 === 0 ? "2026-01-02T03:04:05.000Z" : null,
});
const about = (i: number) => ({ id: `mail-${i}`, threadId: `thread-${i >> 1}`, email: email(i) });

export const datasetRows: { replies: Reply[]; rejected: Rejected[]; preferences: Preference[] } = {
  replies: Array.from({ length: 7 }, (_, i) => ({
    ...about(i),
    reply: `Reply ${i}:\n"fine" – naïve 😀`,
    scores: scores(0.1 * i),
    attempts: 1 + (i % 4),
    ...credits,
  })),
  rejected: [
    { ...about(8), reason: "threshold", detail: "too low", reply: "No.", scores: scores(0.2), attempts: 4, ...credits },
    { ...about(9), reason: "refused", detail: "400", reply: null, scores: null, attempts: 0, ...credits },
  ],
  preferences: [
    {
      ...about(3),
      attempt: 1,
      rejected: "No.",
      rejectedScores: scores(0.3),
      accepted: "Yes, with pleasure.",
      acceptedScores: scores(0.95),
      ...credits,
    },
  ],
};

/** Writes the rows as distill does. */
export async function writeDatasetRows(folder: string, rows = datasetRows): Promise<ResultPaths> {
  await mkdir(folder, { recursive: true });
  const write = async (name: keyof typeof rows) => {
    const path = join(folder, `${name}.jsonl`);
    await writeFile(path, rows[name].map((row) => `${JSON.stringify(row)}\n`).join(""));
    return path;
  };
  return {
    replies: await write("replies"),
    rejected: await write("rejected"),
    preferences: await write("preferences"),
  };
}
