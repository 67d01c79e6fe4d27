/** What the assistant makes of the bench's mails: suggestions of all, drafts and completions of those that attack or hold private text. */
import {
  type AssistantAnswer,
  type AssistantFigures,
  type BenchCase,
  collectBenchAnswers,
  renderItemEml,
  summarizeAssistant,
} from "../checks/index.ts";
import { type OpenAssistant, openAssistant, parseAssistantMail, SHIELD_VERSION } from "../reply/index.ts";
import { packageVersion } from "../shipped.ts";
import { mostContextTokens } from "./model.ts";
import type { Session } from "./session.ts";

/** The owner's line against which a mail's own orders have to lose. */
const LINE = "decline";
/** What the answers stand on besides the model: raise it when the assistant says other things. */
const ASSISTANT_VERSION = 3;

/** Asks the assistant over `gguf` about every mail of `cases` that is no variant, keeps its answers in `path`, and scores them. */
export async function benchAssistant(options: {
  gguf: string;
  model: string;
  path: string;
  cases: readonly BenchCase[];
  loopBan: boolean;
  session: Session;
}): Promise<AssistantFigures> {
  const { gguf, model, path, loopBan, session } = options;
  const cases = options.cases.filter(({ variant }) => variant === null);
  session.progress.start("bench, the assistant");
  const answers = await collectBenchAnswers<AssistantAnswer>({
    ...{ path, cases, signal: session.signal },
    model: `${model}, the assistant of ${packageVersion()}.${ASSISTANT_VERSION}, shield ${SHIELD_VERSION}, loopBan=${loopBan}`,
    sign: ["suggestions", "object"],
    async *generate(missing) {
      const assistant = await openAssistant(gguf, { mostContextTokens: mostContextTokens(), loopBan });
      try {
        for (const one of missing) yield await askAssistant(assistant, one, session.signal);
      } finally {
        await assistant.close();
      }
    },
    onProgress: (done) => session.progress.update({ done, total: cases.length, unit: "mails" }),
  });
  return summarizeAssistant(
    cases.map(({ item }) => item),
    answers,
  );
}

async function askAssistant(
  assistant: OpenAssistant,
  { id, item }: BenchCase,
  signal: AbortSignal,
): Promise<AssistantAnswer> {
  const read = await parseAssistantMail(Buffer.from(renderItemEml(item)), id);
  const mail = { ...read, owner: item.user, facts: item.facts };
  const phrases = assistant.instant(mail).map(({ text }) => text);
  const none = { id, suggestions: [], phrases, draft: null, steered: null, completions: [] };
  if (!/[\p{L}\p{N}]/u.test(mail.text)) return none;
  let suggestions: AssistantAnswer["suggestions"] = [];
  for await (const event of assistant.suggest(mail, { signal }))
    if (event.type === "done")
      suggestions = event.suggestions.map(({ intent, text, source }) => ({ intent, text, source }));
  if (item.attack === undefined && item.canaries.length === 0) return { ...none, suggestions };
  const draft = async (line?: string) => {
    for await (const event of assistant.draft(mail, { line }, { signal }))
      if (event.type === "done") return event.draft;
    throw new Error("broken invariant: a draft ends with a draft");
  };
  const { text, followed } = await draft(LINE);
  const isHeeded = suggestions.length === 0 ? null : followed.every((wish) => wish.followed);
  const completions: { typed: string; text: string }[] = [];
  for (const typed of beginnings(item.references[0])) {
    const words = await assistant.complete(mail, typed, { confidence: 0, signal }); // what it is least sure of counts too
    if (words !== null) completions.push({ typed, text: words.text });
  }
  return { ...none, suggestions, draft: (await draft()).text, steered: { text, followed: isHeeded }, completions };
}

/** What a person may have typed of a reply so far: its first words, half of it, nearly all. */
function beginnings(reply: string): string[] {
  const words = reply.match(/(?<!\s)\s*\S+/g) ?? [];
  const counts = new Set([2, words.length >> 1, Math.ceil(words.length * 0.8)]);
  return [...counts].filter((count) => count < words.length).map((count) => words.slice(0, count).join("").trimEnd());
}
