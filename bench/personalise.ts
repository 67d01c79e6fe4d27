/**
 * `pocketreply personalise` for people of public mail: per author the perplexity of their own later replies, what a verifier of authorship says of
 * the model's replies (without the adapter, with it, with five of theirs in the prompt), and its errors. A row of docs/style.md each.
 *
 *   npx tsx bench/personalise.ts --run RUN --mail MBOX [--authors 3] [--skip 0] [--sizes 50,100,200,500] [--perplexity] [--out style-bench] [key=value …]
 *
 * MBOX is mail with answers in it, such as the archives of a list. The people with most answers come first; all addresses of a person (one full
 * name) are one. RUN is copied, not touched. What is finished in --out is not done again, and an author that was cut goes on. With --sizes each author
 * is learnt from the newest so many of their replies in turn, and measured on the same later ones; with --perplexity that alone is measured, which
 * writes no reply.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Email, Pair } from "../src/mail/index.ts";
import { findModel } from "../src/stages/model.ts";
import { exportAt, learnStyle, type StyleReport } from "../src/stages/personalise.ts";
import { readPerplexity } from "../src/stages/personalise-answers.ts";
import { stylePaths } from "../src/stages/personalise-files.ts";
import { readOwnReplies } from "../src/stages/personalise-read.ts";
import { inRunFolder } from "../src/stages/stage.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    run: { type: "string" },
    mail: { type: "string" },
    authors: { type: "string", default: "3" },
    skip: { type: "string", default: "0" },
    sizes: { type: "string" },
    perplexity: { type: "boolean", default: false },
    out: { type: "string", default: "style-bench" },
  },
});
if (values.run === undefined || values.mail === undefined)
  throw new Error("Name a run with --run and mail with --mail; see the top of bench/personalise.ts.");
const [run, mail, out] = [resolve(values.run), resolve(values.mail), resolve(values.out)];
const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

const pocketreply = (...command: string[]) => {
  const { status } = spawnSync(process.execPath, [...process.execArgv, cli, ...command], { stdio: ["ignore", 2, 2] });
  return status === 0;
};
const readRows = <T>(path: string) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T); // written by import

/** The people of the mail by number of answers, each with all addresses. */
function findPeople(emails: readonly Email[], pairs: readonly Pair[]): { addresses: string[]; answers: number }[] {
  const people = new Map<string, { addresses: Set<string>; answers: number }>();
  const byAddress = new Map<string, string>();
  for (const { from } of emails) {
    const address = from.address.toLowerCase();
    const name = from.name.toLowerCase().replace(/["'.]/g, "").trim();
    const key = byAddress.get(address) ?? (/\S\s+\S/.test(name) ? name : address);
    byAddress.set(address, key);
    const person = people.get(key) ?? { addresses: new Set(), answers: 0 };
    people.set(key, person);
    person.addresses.add(address);
  }
  const byId = new Map(emails.map((email) => [email.id, email]));
  for (const { id } of pairs) people.get(byAddress.get(byId.get(id)!.from.address.toLowerCase())!)!.answers++;
  return [...people.values()]
    .map(({ addresses, answers }) => ({ addresses: [...addresses], answers }))
    .sort((a, b) => b.answers - a.answers);
}

const everybody = join(out, "everybody");
if (!existsSync(join(everybody, "import.json")))
  pocketreply("import", "--run", everybody, "--mail", mail, "import.pairs=all");
const emails = readRows<Email>(join(everybody, "emails.jsonl"));
const pairs = readRows<Pair>(join(everybody, "pairs.jsonl"));
const people = findPeople(emails, pairs);
const least = [200, 60, 25].map(
  (count) => `${people.filter(({ answers }) => answers >= count).length} with ${count} or more`,
);
console.log(`answers a person: ${least.join(", ")}`);
const HEADS = [
  ...["author", "answers", "learnt / held out", "perplexity"],
  "taken for the author's: own / general / habits / style / five in the prompt",
  ...[
    "of own, with the style",
    "told what to say: general / habits / style / five",
    "verifier: misses / takes others'",
  ],
  "without greeting and closing: own / general / habits / style / five",
  ...[
    "grounded: general / habits / style",
    "sound: general / habits / style",
    "obeyed: general / style",
    "strength",
    "first token, ms: style / five",
    "used",
  ],
];
const CURVE_HEADS = [
  "author",
  "newest replies",
  "learnt",
  "rows",
  "steps",
  "perplexity of later ones",
  "minutes of learning: processor / clock",
];
const heads = values.perplexity ? CURVE_HEADS : HEADS;
console.log(`| ${heads.join(" | ")} |`);
console.log(`|${" --- |".repeat(heads.length)}`);
interface Measured {
  readonly author: number;
  readonly addresses: readonly string[];
  readonly answers: number;
  readonly size: number | null;
}

const nameOf = ({ size }: Measured) => (size === null ? "" : `-${size}`);
const settingsFor = ({ size }: Measured) => [
  "style.leastReplies=15",
  ...(size === null ? [] : [`style.mostReplies=${size}`]),
  ...positionals,
];

/** ours: later replies whose perplexity is read, the newest: it is a mean over some thousand tokens then. */
const READ = 40;

const skip = Number(values.skip);
const sizes = values.sizes?.split(",").map(Number) ?? [null];
for (const [index, { addresses, answers }] of people.slice(skip, skip + Number(values.authors)).entries()) {
  for (const size of sizes) {
    const of = { author: skip + index, addresses, answers, size };
    if (values.perplexity) await measurePerplexity(of);
    else measure(of);
  }
}

/** Prints an author's row, measured now where it is not there yet. */
function measure(of: Measured): void {
  const report = join(out, `author-${of.author}`, `style${nameOf(of)}.json`);
  if (!existsSync(report)) {
    const { pairs, copy } = prepare(of);
    const { answers } = stylePaths({ folder: copy });
    if (!existsSync(answers)) copyGeneral(join(out, "general"), answers);
    const options = ["--pairs", pairs, ...settingsFor(of)];
    if (!pocketreply("personalise", "--run", copy, ...options)) return;
    copyGeneral(answers, join(out, "general"));
    cpSync(answers, join(out, `author-${of.author}`, `answers${nameOf(of)}`), { recursive: true });
    cpSync(join(copy, "style", "style.json"), report);
    rmSync(copy, { recursive: true });
  }
  console.log(row(of.author + 1, of.answers, JSON.parse(readFileSync(report, "utf8")) as StyleReport)); // written above
}

/** What the model alone answered, where there is anything. */
function copyGeneral(from: string, to: string): void {
  if (!existsSync(from)) return;
  cpSync(from, to, { recursive: true, filter: (path) => path === from || basename(path).startsWith("general") });
}

/** The same for perplexity alone. */
async function measurePerplexity(of: Measured): Promise<void> {
  const report = join(out, `author-${of.author}`, `perplexity${nameOf(of)}.json`);
  if (!existsSync(report)) {
    const { pairs, copy } = prepare(of);
    const [began, from] = [process.cpuUsage(), performance.now()];
    const cells = await inRunFolder({ run: copy, set: settingsFor(of) }, {}, async (context) => {
      const { paths, recipe } = context.folder;
      const chosen = await readOwnReplies(pairs, recipe);
      const { own, learnt, trained } = await learnStyle(context, chosen);
      const { user, system } = process.cpuUsage(began);
      const minutes = [(user + system) / 60e6, (performance.now() - from) / 60e3].map((value) => value.toFixed(1));
      await exportAt(context, { strength: 1, formats: ["adapter-gguf"] });
      const { adapter, answers } = stylePaths(paths);
      const { session } = context;
      const alone = { recipe, session, model: findModel(paths), ownNames: chosen.names, answers, name: "" };
      const later = own.test.slice(-READ);
      const [general, mine] = [await readPerplexity(alone, later), await readPerplexity({ ...alone, adapter }, later)];
      const change = `${general.toFixed(0)} → ${mine.toFixed(0)} (${(100 * (mine / general - 1)).toFixed(0)} %)`;
      const rows = learnt.split.train.length;
      return [of.size ?? "all", own.train.length, rows, trained.steps, change, minutes.join(" / ")];
    });
    writeFileSync(report, JSON.stringify(cells));
    const { run, merged } = stylePaths({ folder: copy });
    for (const name of readdirSync(run.folder)) // the next size is learnt over the same base
      if (![basename(merged), basename(run.int8Base)].includes(name))
        rmSync(join(run.folder, name), { recursive: true });
  }
  const cells = JSON.parse(readFileSync(report, "utf8")) as (string | number)[]; // written above
  console.log(`| ${[of.author + 1, ...cells].join(" | ")} |`);
}

/** The author's pairs, and a copy of the run to work in; both are whole or not there. */
function prepare(of: Measured): { pairs: string; copy: string } {
  const mine = join(out, `author-${of.author}`);
  const [own, copy] = [join(mine, "mail"), join(mine, values.perplexity ? "run-perplexity" : `run${nameOf(of)}`)];
  const atOnce = (path: string, write: (part: string) => void) => {
    if (existsSync(path)) return;
    rmSync(`${path}.part`, { recursive: true, force: true });
    write(`${path}.part`);
    renameSync(`${path}.part`, path);
  };
  mkdirSync(mine, { recursive: true });
  atOnce(own, (part) => writeOwn(part, of.addresses));
  atOnce(copy, (part) => cpSync(run, part, { recursive: true }));
  return { pairs: join(own, "pairs.jsonl"), copy };
}

/** What an import with this owner would write: everybody's mail is cleaned once. */
function writeOwn(folder: string, addresses: readonly string[]): void {
  const isOwn = ({ from }: Email) => addresses.includes(from.address.toLowerCase());
  const ids = new Set(emails.filter(isOwn).map(({ id }) => id));
  const text = (rows: readonly object[]) => rows.map((value) => `${JSON.stringify(value)}\n`).join("");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "emails.jsonl"),
    text(emails.map((mail) => (ids.has(mail.id) ? { ...mail, fromOwner: true } : mail))),
  );
  const own = pairs.filter(({ id, email }) => ids.has(id) && !isOwn(email));
  writeFileSync(join(folder, "pairs.jsonl"), text(own.map((pair) => ({ ...pair, fromOwner: true }))));
}

function row(author: number, answers: number, figures: StyleReport): string {
  const {
    replies,
    perplexity: p,
    accepted,
    acceptedTold: told,
    acceptedBare: bare,
    verifier,
    grounded,
    obeyed,
  } = figures;
  const { sound, firstTokenMs, strength, used } = figures;
  const percent = (...shares: (number | null)[]) =>
    `${shares.map((share) => (share === null ? "–" : (100 * share).toFixed(0))).join(" / ")} %`;
  const cells = [
    ...[author, answers, `${replies.train} / ${replies.test}`],
    `${p.general.toFixed(0)} → ${p.mine.toFixed(0)} (${(100 * (p.mine / p.general - 1)).toFixed(0)} %)`,
    percent(accepted.own, accepted.general, accepted.habits, accepted.mine, accepted.fewShot),
    accepted.own === 0 ? "–" : (accepted.mine / accepted.own).toFixed(2),
    percent(told.general, told.habits, told.mine, told.fewShot),
    percent(verifier.missed, verifier.taken),
    percent(bare.own, bare.general, bare.habits, bare.mine, bare.fewShot),
    ...[
      percent(grounded.general, grounded.habits, grounded.mine),
      percent(sound.general, sound.habits, sound.mine),
      percent(obeyed.general, obeyed.mine),
    ],
    `${strength}`,
    `${firstTokenMs.mine.toFixed(0)} / ${firstTokenMs.fewShot.toFixed(0)}`,
    used ?? "nothing",
  ];
  return `| ${cells.join(" | ")} |`;
}
