/** LangChain JS: its own queue of 50 and its own six retries. */
import { ChatOpenAI } from "@langchain/openai";
import { baseUrl, bodies, concurrency, runAll } from "./pool.mjs";

const { model, temperature, max_tokens: maxTokens } = bodies[0];
const chat = new ChatOpenAI({
  model,
  temperature,
  maxTokens,
  apiKey: "none",
  maxConcurrency: concurrency,
  configuration: { baseURL: baseUrl },
});
await runAll(
  async ({ messages, seed, response_format }) => (await chat.invoke(messages, { seed, response_format })).content,
  bodies.length, // it queues by itself
);
