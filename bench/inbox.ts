/**
 * `pocketreply inbox` on a large mailbox of a real Dovecot: the time to the first draft, and the peak of the watcher's resident set by the number of
 * messages. Most messages are years old, as in a mailbox; with --new all of them came today, a newsletter each but for the newest twenty.
 *
 *   npx tsx bench/inbox.ts [--mails 1000,100000] [--run RUN] [--new]
 *
 * With --run the drafts are written by the model of that run, else by a stand-in that takes no time.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { watchInbox } from "../src/inbox/index.ts";
import { loadRecipe } from "../src/recipe.ts";
import { createAssistant } from "../src/reply/portable.ts";
import { runPaths } from "../src/run.ts";
import { type Dovecot, startDovecot } from "../src/sources/read/dovecot.fixture.ts";
import { openRunAssistant } from "../src/stages/assistant.ts";

const { values } = parseArgs({
  options: {
    mails: { type: "string", default: "1000,100000" },
    run: { type: "string" },
    new: { type: "boolean", default: false },
    child: { type: "string" },
  },
});
const WANTED = 20;
const owner = { name: "Ann Lee", address: "ann@x.example" };

if (values.child !== undefined) await watch(JSON.parse(values.child) as { port: number; journal: string });
else await measure(values.mails.split(",").map(Number));

/** In the child: looks once and says when the first draft stood, when all was done, and the peak of the resident set. */
async function watch({ port, journal }: { port: number; journal: string }): Promise<void> {
  const recipe = await loadRecipe(values.run === undefined ? undefined : runPaths(values.run).recipe, []);
  const opened =
    values.run === undefined
      ? null
      : (await openRunAssistant({ paths: runPaths(values.run), recipe, model: undefined })).assistant;
  const began = performance.now();
  let firstDraftMs: number | null = null;
  const ends: Record<string, number> = {};
  await watchInbox({
    account: {
      address: { host: "127.0.0.1", port, secure: false, user: "ann", folders: [] },
      ...{ password: "secret", passwordEnv: "IMAP_PASSWORD", maxMessageBytes: recipe.import.maxMessageBytes },
    },
    assistant: opened ?? standIn(),
    ...{ owner, ownAddresses: [owner.address], settings: recipe.inbox, journal, once: true },
    onEvent(event) {
      const end = event.kind === "mail" ? event.outcome : event.kind;
      ends[end] = (ends[end] ?? 0) + 1;
      if (event.kind === "connection")
        console.error(`after ${(performance.now() - began).toFixed(0)} ms: ${event.message}`);
      if (end === "drafted") firstDraftMs ??= performance.now() - began;
    },
  });
  const allMs = performance.now() - began;
  await opened?.close();
  console.log(JSON.stringify({ firstDraftMs, allMs, ends, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}

function standIn(): Parameters<typeof watchInbox>[0]["assistant"] {
  const nothing = { questions: [], flags: [], fields: [], followed: [], shortened: false, cutAtLimit: false };
  return {
    trigger: createAssistant({} as never).trigger,
    async *draft() {
      yield { type: "done", draft: { ...nothing, text: "Yes.", language: "en", timings: {} as never } };
    },
  };
}

async function measure(sizes: readonly number[]): Promise<void> {
  for (const mails of sizes) {
    const dovecot = await startDovecot({ hasQuota: false });
    const folder = mkdtempSync(join(tmpdir(), "bench-inbox-"));
    try {
      fill(dovecot, mails);
      const options = JSON.stringify({ port: dovecot.port, journal: join(folder, "journal.jsonl") });
      const more = values.run === undefined ? [] : ["--run", values.run];
      const program = fileURLToPath(import.meta.url);
      const child = spawn(process.execPath, [...process.execArgv, program, "--child", options, ...more], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
      const [code] = (await once(child, "close")) as [number];
      if (code !== 0) throw new Error(`The watcher ended with ${code} on ${mails} messages.`);
      const { firstDraftMs, allMs, ends, peakBytes } = JSON.parse(text.trim().split("\n").at(-1)!) as {
        firstDraftMs: number | null;
        allMs: number;
        ends: object;
        peakBytes: number;
      }; // said by the child above
      const seconds = (ms: number | null) => (ms === null ? "never" : `${(ms / 1000).toFixed(1)} s`);
      console.log(
        `${mails} messages: first draft after ${seconds(firstDraftMs)}, all after ${seconds(allMs)}, peak ${(peakBytes / 1e6).toFixed(0)} MB, ${JSON.stringify(ends)}`,
      );
    } finally {
      await dovecot.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** A mailbox of `mails` messages in a Maildir; what is old is so by the time of its file, which is what IMAP calls the internal date. */
function fill(dovecot: Dovecot, mails: number): void {
  const cur = join(dovecot.folder, "ann", "cur");
  for (const part of ["", "cur", "new", "tmp"]) {
    mkdirSync(join(dovecot.folder, "ann", part), { recursive: true });
    chmodSync(join(dovecot.folder, "ann", part), 0o777);
  }
  dovecot.deliver("ann", "Drafts", "Subject: mine\n\nmine\n", "D");
  const now = Date.now() / 1000;
  for (let i = 0; i < mails; i++) {
    const isWanted = i >= mails - WANTED;
    const bulk = isWanted ? "" : "List-Unsubscribe: <https://n.example>\nPrecedence: bulk\n";
    const text = isWanted
      ? `Hi Ann,\n\nCan you come at 10:30 to talk about plan ${i}?\n\nBob`
      : "Ten tips for spring. ".repeat(40);
    const head = `From: Bob ${i} <bob${i}@y.example>\nTo: ann@x.example\nSubject: Plan ${i}\nMessage-ID: <m${i}@y>\n${bulk}`;
    const path = join(cur, `${1_000_000_000 + i}.bench:2,S`);
    writeFileSync(path, `${head}\n${text}\n`.replaceAll("\n", "\r\n"), { mode: 0o666 });
    const at = isWanted || values.new ? now - (mails - i) / 100 : now - 86_400 * (400 + (mails - i) / 100);
    utimesSync(path, at, at);
  }
}
