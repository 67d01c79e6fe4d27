/** The official openai client with a pool of 50, its own two retries. */
import OpenAI from "openai";
import { baseUrl, runAll } from "./pool.mjs";

const client = new OpenAI({ baseURL: baseUrl, apiKey: "none" });
await runAll(async (body) => (await client.chat.completions.create(body)).choices[0].message.content);
