/** A run folder to look at: distilled by the scripted teacher, with mails that mean harm. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILTIN_MODEL, startBuiltinTeacher } from "../builtin/index.ts";
import { distillEmails } from "../distill/index.ts";
import type { Email } from "../mail/index.ts";
import { criteria } from "../prompts/index.ts";
import { defaultRecipe, type Recipe } from "../recipe.ts";

/** Text of a hostile mail. If any of it ran, `window.hacked` would be set. */
export const HOSTILE = [
  `<script>window.hacked = 1</script>`,
  `<img src="http://tracker.example/pixel.gif" onerror="window.hacked = 1">`,
  `<style>body { display: none }</style><base href="http://evil.example/">`,
  `</textarea><svg onload="window.hacked = 1"></svg>{{constructor.constructor('window.hacked=1')()}}`,
  `\u202Egnp.exe\u202C \u200B${"W".repeat(5000)} javascript:window.hacked=1 http://evil.example/x`,
] as const;

/** A mail of the fixture; every seventh is hostile in sender, subject and text. */
export function viewEmail(i: number): Email {
  const hostile = i % 7 === 3 ? HOSTILE[Math.floor(i / 7) % HOSTILE.length] : "";
  return {
    id: `mail-${i}`,
    threadId: `thread-${i}`,
    messageId: null,
    inReplyTo: null,
    from: { name: `Ada Number${i} ${hostile}`.trim(), address: `ada${i}@example.org` },
    to: [{ name: "Bob", address: "bob@example.org" }],
    cc: [],
    date: "2026-01-05T09:00:00.000Z",
    subject: i % 2 === 0 ? `Invoice ${i} ${hostile}` : `Meeting ${i} ${hostile}`,
    body:
      i % 2 === 0
        ? `Please pay invoice ${i} by Friday.\n\n${hostile}`
        : `Could we meet on Monday to talk about plan ${i}?\n\n${hostile}`,
    answers: null,
    source: `test:${i}`,
  };
}

/**
 * A teacher by the number of the mail: multiples of 5 are refused three times and rejected, of 3 (and not 5) refined once, all others
 * accepted at once. A reply names its mail and its round.
 */
function answer(data: { kind: string; email: string; reply?: string }): object {
  const i = Number(/Number(\d+)/.exec(data.email)?.[1]);
  const round = Number(/round (\d)/.exec(data.reply ?? "")?.[1] ?? 0);
  if (data.kind === "judge") {
    const level = i % 5 === 0 ? 0.5 + round * 0.05 : i % 3 === 0 && round === 0 ? 0.6 : 0.9;
    return {
      scores: Object.fromEntries(criteria.map((criterion, c) => [criterion, level + c * 0.01])),
      feedback: Object.fromEntries(criteria.map((criterion) => [criterion, `more ${criterion}, please`])),
    };
  }
  const reply =
    `Thank you, this is reply ${i} of round ${data.kind === "refine" ? round + 1 : 0}. ${"Indeed. ".repeat(i % 4)}`.trim();
  return data.kind === "refine" ? { refined_response: reply } : { response: reply };
}

/** A finished distillation of `count` mails; call `remove` when done. */
export async function makeViewRun(
  count: number,
  changes: Partial<Recipe["distill"]> = {},
): Promise<{
  folder: string;
  recipe: Recipe;
  paths: {
    emails: string;
    attempts: string;
    replies: string;
    rejected: string;
    preferences: string;
    report: string;
    distillReport: string;
    pairs: string;
    reviews: string;
    steps: string;
    trainReport: string;
  };
  distill: () => ReturnType<typeof distillEmails>;
  remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "pocketreply-view-"));
  const at = (name: string) => join(folder, name);
  const paths = {
    emails: at("emails.jsonl"),
    attempts: at("attempts.jsonl"),
    replies: at("replies.jsonl"),
    rejected: at("rejected.jsonl"),
    preferences: at("preferences.jsonl"),
    report: at("distill.json"),
    distillReport: at("distill.json"),
    pairs: at("pairs.jsonl"),
    reviews: at("reviews.jsonl"),
    steps: at("steps.jsonl"),
    trainReport: at("train.json"),
  };
  const mails = Array.from({ length: count }, (_, i) => `${JSON.stringify(viewEmail(i + 1))}\n`);
  await writeFile(paths.emails, mails.join(""));
  const teacher = await startBuiltinTeacher({ answer });
  const defaults = defaultRecipe();
  const recipe: Recipe = {
    ...defaults,
    teacher: { ...defaults.teacher, baseUrl: teacher.baseUrl, model: BUILTIN_MODEL, apiKeyEnv: "POCKETREPLY_TEST_KEY" },
    distill: { ...defaults.distill, threshold: 0.8, rule: "mean", ...changes },
  };
  const distill = () => distillEmails({ emails: paths.emails, paths, recipe });
  await distill();
  return {
    ...{ folder, recipe, paths, distill },
    async remove() {
      await teacher.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
