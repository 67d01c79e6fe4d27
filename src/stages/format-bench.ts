/** What the reply bench says of one exported file: its greedy replies to a few of the bench's mails, checked. */
import {
  type BenchAnswer,
  type BenchCase,
  type DetectLanguage,
  listCases,
  readBenchSet,
  summarizeBench,
} from "../checks/index.ts";
import { loadLanguageDetector } from "../mail/index.ts";
import { packagePath } from "../shipped.ts";
import type { Tokenizer } from "../tokens/index.ts";
import type { FormatRun } from "./format-run.ts";

/** ours: tokens of a reply to a mail of the bench. */
const REPLY_TOKENS = 96;

/** Mails of the bench and what checks replies to them. */
export interface BenchMails {
  readonly set: Awaited<ReturnType<typeof readBenchSet>>;
  readonly cases: readonly BenchCase[];
  readonly detect: DetectLanguage;
}

/** `count` of the bench's mails, evenly spread over it, in the languages of `mails`. */
export async function pickBenchMails(mails: readonly { email: string }[], count: number): Promise<BenchMails> {
  const [set, { detect }] = [
    await readBenchSet(packagePath("bench", "replies", "items.jsonl")),
    await loadLanguageDetector(),
  ];
  const languages = new Set(mails.map(({ email }) => detect(email)));
  const own = listCases(set.items).filter(({ variant, item }) => variant === null && languages.has(item.language));
  const chosen = Array.from(
    { length: Math.min(count, own.length) },
    (_, i) => own[Math.floor((i * own.length) / Math.min(count, own.length))],
  );
  const cases = chosen.map((one) => ({ ...one, item: { ...one.item, variants: [] } })); // replies to variants are not asked for
  return { set: { ...set, items: cases.map(({ item }) => item) }, cases, detect };
}

/** Replies that pass every check that applies, of all; null where there is no mail to reply to. */
export async function benchFormat(
  run: FormatRun,
  { set, cases, detect }: BenchMails,
  tokenizer: Tokenizer,
): Promise<{ passed: number; of: number } | null> {
  const answers = new Map<string, BenchAnswer>();
  for (const { id, email } of cases) {
    const prompt = run.encodePrompt(email);
    const started = performance.now();
    const ids = await run.greedyTokens(prompt, REPLY_TOKENS, true);
    const tokensPerSecond = (1000 * ids.length) / (performance.now() - started);
    const reply = tokenizer.decode(ids, { skipSpecial: true }).trim();
    const cost = { promptTokens: prompt.length, replyTokens: ids.length, firstTokenMs: null, tokensPerSecond };
    answers.set(id, { id, reply, cutAtLimit: !run.endsReply(ids.at(-1)!), ...cost });
  }
  if (cases.length === 0) return null;
  const { clean } = summarizeBench({ set, cases, answers, detect });
  return clean && { passed: clean.passed, of: clean.of };
}
