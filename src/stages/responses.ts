/** The response set of a run: mined from its accepted replies, measured on its held-out mails, kept in a file that a person edits. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Document, parseDocument } from "yaml";
import type { Reply } from "../distill/index.ts";
import { digest } from "../endpoint/index.ts";
import { pasteable, UserError } from "../errors.ts";
import { readJsonFile, writeFileAtomic, writeJsonFile } from "../formats/index.ts";
import { createRandom, hashString } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import {
  type AssistantMail,
  buildTrie,
  chooseDiverse,
  measureRanking,
  mineResponses,
  type OpenAssistant,
  openAssistant,
  openResponses,
  type RankedResponse,
  type RankingFigures,
  type Reading,
  type ResponseSet,
  rankByCount,
  rankByModel,
  rankBySigns,
  readForReply,
  readResponseFile,
  responsesIn,
  toAssistantMail,
  toResponseFile,
} from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import type { Split } from "../train/index.ts";
import { findModel, mostContextTokens } from "./model.ts";
import { pickReplies } from "./predict.ts";

/** responses.json. */
export interface ResponsesReport {
  readonly responses: number;
  readonly clusters: number;
  /** Replies they were taken from. */
  readonly replies: number;
  /** Of the file as it was written: another one was edited. */
  readonly digest: string;
  /** Null where nothing is held out yet. */
  readonly heldOut: {
    readonly mails: number;
    /** Share of them whose reply holds a response of the set: all that a set can reach. */
    readonly covered: number;
    /** By system; those with three are what a person sees. */
    readonly systems: Readonly<Record<string, RankingFigures>>;
  } | null;
}

const HEADER = ` Short replies that were given often, by intent (accept, decline, ask, defer, acknowledge, answer); the replies of one place mean the same.
 Edit them: change a text, take one out, add your own ("- text: ..." is enough). Nothing here is overwritten once it was edited.
 \`count\` is how often a reply was given, \`after\` what those mails asked for and were about.`;

/** The set of a run; undefined where there is none. Throws UserError naming the places that are wrong. */
export async function readResponses({ responses }: RunPaths): Promise<ReturnType<typeof openResponses> | undefined> {
  if (!existsSync(responses)) return undefined;
  const document = parseDocument(await readFile(responses, "utf8"), { maxAliasCount: 0 } as object);
  const [error] = document.errors;
  if (error !== undefined) {
    const [at] = error.message.split("\n");
    throw new UserError(
      `${responses} is no YAML: ${at} Mend that line, or build it anew: npx pocketreply responses build`,
    );
  }
  return openResponses(readResponseFile(document.toJS(), responses));
}

/** Mines the set from the replies that training saw, and writes it with its report. Throws UserError where a person has edited the last one, unless `overwrite`. */
export async function buildResponses(options: {
  paths: RunPaths;
  recipe: Recipe;
  overwrite?: boolean;
  /** Whether the model is measured too, which takes a second a held-out mail. */
  withModel?: boolean;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}): Promise<ResponsesReport> {
  const { paths, recipe, overwrite = false, withModel = false } = options;
  if (!existsSync(paths.replies))
    throw new UserError(
      `${paths.replies} is not there: distill first, npx pocketreply distill --run ${pasteable(paths.folder)}`,
    );
  if (!overwrite) await refuseEdited(paths);
  const split = existsSync(paths.split) ? ((await readJsonFile(paths.split)) as Split) : null; // written by train
  const learnt = split === null ? null : new Set(split.train);
  const rows = await pickReplies(paths, (id) => learnt?.has(id) ?? true);
  const set = mineResponses(
    rows.map(({ threadId, reply, email }) => ({ threadId, reply, read: () => readForReply(toAssistantMail(email)) })),
  );
  if (set.responses.length === 0)
    throw new UserError(
      `The ${rows.length} replies of ${paths.replies} hold no sentence that stands in three conversations: there is no response set to build. Distill more mails.`,
    );
  const document = new Document(toResponseFile(set), { aliasDuplicateObjects: false });
  document.commentBefore = HEADER;
  const text = document.toString({ lineWidth: 0 });
  await writeFileAtomic(paths.responses, text);
  const held = split === null ? [] : await pickReplies(paths, (id) => split.test.includes(id));
  const report: ResponsesReport = {
    responses: set.responses.length,
    clusters: new Set(set.responses.map(({ cluster }) => cluster)).size,
    replies: rows.length,
    digest: digest(text),
    heldOut: held.length === 0 ? null : await measure(held, { ...options, set, recipe, withModel }),
  };
  await writeJsonFile(paths.responsesReport, report);
  return report;
}

async function refuseEdited({ responses, responsesReport }: RunPaths): Promise<void> {
  if (!existsSync(responses)) return;
  const written = existsSync(responsesReport) ? ((await readJsonFile(responsesReport)) as ResponsesReport).digest : "";
  if (digest(await readFile(responses, "utf8")) === written) return;
  throw new UserError(`${responses} was edited. Keep it, or build it anew over your changes with --overwrite.`);
}

interface HeldMail {
  readonly id: string;
  readonly mail: AssistantMail;
  readonly reading: Reading;
  readonly own: readonly string[];
}

/** Ranks the set for each held-out mail by every system, with and without the choice of three different intents. */
async function measure(
  rows: readonly Reply[],
  options: {
    paths: RunPaths;
    recipe: Recipe;
    set: ResponseSet;
    withModel: boolean;
    signal?: AbortSignal;
    onProgress?: (done: number, total: number) => void;
  },
): Promise<NonNullable<ResponsesReport["heldOut"]>> {
  const { recipe, set, withModel } = options;
  const texts = new Set(set.responses.map(({ text }) => text));
  const mails = rows.map(({ id, email, reply }): HeldMail => {
    const mail = toAssistantMail(email);
    return { id, mail, reading: readForReply(mail), own: responsesIn(reply).filter((text) => texts.has(text)) };
  });
  const shuffled = ({ id }: HeldMail): RankedResponse[] =>
    createRandom(hashString(`${recipe.seed}/responses/${id}`))
      .shuffle([...set.responses])
      .map((one) => ({ ...one, score: 0 }));
  const rankings = new Map<string, (mail: HeldMail) => readonly RankedResponse[]>([
    ["random", shuffled],
    ["by frequency", () => rankByCount(set)],
    ["by the mail's signs", ({ reading }) => rankBySigns(set, reading)],
  ]);
  if (withModel) rankings.set("by the model", await rankAll(mails, options));
  const systems: Record<string, RankingFigures> = {};
  for (const [name, rank] of rankings) {
    const ranked = mails.map((mail) => ({ mail, ranked: rank(mail) }));
    systems[name] = measureRanking(ranked.map(({ mail: { own }, ranked }) => ({ own, ranked })));
    if (name === "random" || name === "by frequency") continue;
    systems[`${name}, three intents`] = measureRanking(
      ranked.map(({ mail: { own, reading }, ranked }) => {
        const three = chooseDiverse(ranked, reading);
        return { own, ranked: [...three, ...ranked.filter((one) => !three.includes(one))] };
      }),
    );
  }
  const covered = mails.filter(({ own }) => own.length > 0).length / mails.length;
  return { mails: mails.length, covered, systems };
}

/** The model's ranking of each mail, what the beam did not reach behind it by frequency. */
async function rankAll(
  mails: readonly HeldMail[],
  options: {
    paths: RunPaths;
    set: ResponseSet;
    signal?: AbortSignal;
    onProgress?: (done: number, total: number) => void;
  },
): Promise<(mail: HeldMail) => readonly RankedResponse[]> {
  const { paths, set, signal, onProgress } = options;
  const assistant: OpenAssistant = await openAssistant(findModel(paths), { mostContextTokens: mostContextTokens() });
  try {
    const { model } = assistant;
    const trie = buildTrie(set, model);
    const all = rankByCount(set);
    const ranked = new Map<string, RankedResponse[]>();
    for (const [i, { id, mail, reading }] of mails.entries()) {
      const found = await rankByModel(model, mail, { set, trie, reading, signal });
      const reached = new Set(found.map(({ text }) => text));
      ranked.set(id, [...found, ...all.filter(({ text }) => !reached.has(text))]);
      onProgress?.(i + 1, mails.length);
    }
    return ({ id }) => ranked.get(id) ?? [];
  } finally {
    await assistant.close();
  }
}
