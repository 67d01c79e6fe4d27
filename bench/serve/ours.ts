/** Our server in a process of its own, for bench/serve.ts: prints its address, and ends with its standard input. */
import { startServer } from "../../src/serve/index.ts";

const { gguf, threads } = JSON.parse(process.argv[2]) as { gguf: string; threads: number };
const server = await startServer({ gguf, threads, mostContextTokens: 1024, maxReplyTokens: 160 });
console.log(server.url);
process.stdin.on("end", () => void server.close()).resume();
