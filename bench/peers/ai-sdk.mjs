/** The Vercel AI SDK with a pool of 50, its own two retries. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";
import { baseUrl, runAll } from "./pool.mjs";

const provider = createOpenAICompatible({ name: "bench", baseURL: baseUrl, apiKey: "none" });
globalThis.AI_SDK_LOG_WARNINGS = false;
await runAll(async ({ model, messages, temperature, max_tokens: maxOutputTokens, seed, response_format }) => {
  const providerOptions = { bench: { response_format } };
  const { text } = await generateText({
    model: provider(model),
    messages,
    allowSystemInMessages: true,
    temperature,
    maxOutputTokens,
    seed,
    providerOptions,
  });
  return text;
});
