/** Replies of what is put to the bench. */
import type { BenchAnswer, BenchCase } from "../checks/index.ts";
import type { Wire } from "../endpoint/index.ts";
import { answerByEndpoint, type EndpointMail } from "../evaluate/index.ts";
import type { Recipe } from "../recipe.ts";
import { namesOf, sealTexts } from "../redact/index.ts";
import { generateReplies } from "../reply/index.ts";
import type { Subject } from "./bench-subject.ts";
import { mostContextTokens } from "./model.ts";

export async function* generate(work: {
  subject: Subject;
  cases: readonly BenchCase[];
  worked: boolean;
  redacted: boolean;
  recipe: Recipe;
  wire: Wire;
  temperature: number;
  signal: AbortSignal;
  full: AbortSignal;
}): AsyncGenerator<BenchAnswer, void> {
  const { subject, cases, worked, redacted, recipe, wire, temperature, signal, full } = work;
  const { seed } = recipe;
  const maxTokens = recipe.evaluate.maxReplyTokens;
  if (subject.kind === "gguf") {
    const mails = cases.map(({ id, email }) => ({ id, email }));
    const { loopBan } = recipe.reply;
    const settings = { seed, maxTokens, temperature, loopBan, mostContextTokens: mostContextTokens(), signal };
    for await (const reply of generateReplies({ gguf: subject.path, adapter: subject.adapter, mails, ...settings })) {
      const { id, promptTokens, replyTokens, firstTokenMs, tokensPerSecond, stopped } = reply;
      const cutAtLimit = stopped === "length";
      yield { id, reply: reply.reply, cutAtLimit, promptTokens, replyTokens, firstTokenMs, tokensPerSecond };
    }
    return;
  }
  const endpoint = { baseUrl: subject.url, model: subject.name, apiKeyEnv: recipe.teacher.apiKeyEnv, ...wire };
  const { systemPrompt } = recipe.student;
  const { distill } = recipe;
  for await (const one of answerByEndpoint({
    ...{ role: "endpoint", endpoint, distill, systemPrompt, redacted, worked },
    ...{ mails: cases.map((one) => sealCase(one, redacted)), seed, maxTokens, temperature, signal, full },
  })) {
    const { id, reply, promptTokens, replyTokens, stopped } = one;
    const cutAtLimit = stopped === "length";
    yield { id, reply, cutAtLimit, promptTokens, replyTokens, firstTokenMs: null, tokensPerSecond: null };
  }
}

/** A case as it is sent to an endpoint. */
function sealCase({ id, email, item }: BenchCase, redacted: boolean): EndpointMail {
  const names = [...item.thread.flatMap(namesOf), item.user.name];
  const { email: text, restore } = sealTexts({ email, replies: [], names }, redacted);
  return { id, email: text, restore };
}
