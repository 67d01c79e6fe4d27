/**
 * Every number of the system, and where it comes from. "§" is a section of the paper (docs/paper.md); a line marked
 * "ours:" is a choice the paper leaves open or contradicts, with its reason in docs/paper.md.
 *
 * A recipe is these defaults, overlaid by a YAML file of `recipes/`, overlaid by `key.path=value` arguments.
 */
import { readFile } from "node:fs/promises";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { didYouMean, invariant, UserError } from "./errors.ts";
import type { StageName } from "./run.ts";

/** What a key shapes: the first stage whose output it changes for good, or nothing that is kept. */
type Shapes = StageName | null;

/** A schema that says what it shapes. Only such schemas go into a section, so a key without a stage does not compile. */
type Marked<T extends z.ZodType> = T & { readonly shapes: unique symbol };
type MarkedShape<S extends Record<string, z.ZodType>> = { [Key in keyof S]: Marked<S[Key]> };

/** The keys of `shape`, and those below them that do not say otherwise, shape the output of `stage`. */
function shapes<S extends Record<string, z.ZodType>>(stage: Shapes, shape: S): MarkedShape<S> {
  const marked = Object.entries(shape).map(([key, schema]) => [key, schema.meta({ shapes: stage })]);
  return Object.fromEntries(marked) as MarkedShape<S>; // the same keys, each with its mark
}

/** Keys that change no output for good: how fast, by which account, where to. */
const free = <S extends Record<string, z.ZodType>>(shape: S) => shapes(null, shape);

/** A part of the recipe; all its keys have defaults. */
const section = <S extends Record<string, Marked<z.ZodType>>>(shape: S) => z.strictObject(shape).prefault({} as never);

/** A part inside a group, whose stage its keys have. */
const nested = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape).prefault({} as never);

const fraction = z.number().min(0).max(1);
const count = z.number().int().positive();

/** GGUF files by llama.cpp's names, from exact to small. */
const ggufFormats = [
  ...(["gguf-f32", "gguf-f16", "gguf-q8_0", "gguf-q6_k"] as const),
  ...(["gguf-q5_k_m", "gguf-q5_0", "gguf-q4_k_m", "gguf-q4_0"] as const),
] as const;
const onnxFormats = ["onnx-fp16", "onnx-int8", "onnx-int4"] as const;
const pteFormats = ["pte", "pte-8da8w", "pte-8da4w"] as const; // ours: `pte` is 8 bits below 500 million parameters, where 4 lose much, else 4

const usdPerMillion = z.number().min(0).nullable().default(null);

const baseUrl = z.string().describe("`builtin`, or the URL of any OpenAI-compatible endpoint, up to and with /v1");
const model = z.string().describe("model name sent with each request");
const apiKeyEnv = z
  .string()
  .describe("name of the environment variable that holds the key; the key itself never enters a file");
const price = section(
  free({ input: usdPerMillion, cachedInput: usdPerMillion, output: usdPerMillion }), // US dollars per million tokens; null: the table of src/endpoint/prices.ts, which says when and where it was read
);
const anApiKeyEnv = apiKeyEnv.default("OPENAI_API_KEY");
const extraBody = z
  .record(z.string(), z.unknown())
  .default({})
  .describe("added to the body of every request: reasoning_effort, chat_template_kwargs, …");
const headers = z.record(z.string(), z.string()).default({}).describe("added to every request");
const responseFormat = z
  .enum(["auto", "schema", "json", "none"])
  .default("auto")
  .describe("how the answer's schema is asked for; auto: as a schema, and in words where that is turned down");
/** Keys that reach an endpoint and leave its answers what they are. */
const reach = free({ apiKeyEnv: anApiKeyEnv, price, headers, responseFormat });

export const recipeSchema = z.strictObject({
  ...free({ name: z.string().default("default") }),
  ...shapes("import", { seed: z.number().int().default(42) }), //            ours: the paper names none
  ...shapes("train", { base: z.string().default("models/pocket-base") }), // §3.3.1 uses Llama-3.2-1B-Instruct: `base: path/to/Llama-3.2-1B-Instruct`
  import: section({
    ...shapes("import", {
      maxMessageBytes: count.default(25_000_000), //                         ours: a larger message is counted and skipped
      minCharacters: count.default(20), //                                   ours: shorter visible text holds nothing to answer
      maxCharacters: count.default(12_000), //                               ours: longer text is cut at a line end and counted
      fields: z
        .record(z.string(), z.string())
        .default({})
        .describe("for tables (Parquet, JSONL, CSV): our field -> theirs, e.g. body: text"),
      sample: count.nullable().default(null), //                             ours: null imports all; else about so many mails by seed, whole conversations
      labels: nested({
        include: z.array(z.string()).default([]), //                         ours: empty for all folders and labels
        exclude: z.array(z.string()).default(["Spam", "Trash", "Drafts", "Chat", "Promotions"]), // ours: nobody answers these; by role, in any language
      }),
      languages: z.array(z.string()).default([]), //                         ours: ISO 639-1 codes to keep, such as [en]; empty keeps all
      filters: nested({
        // what is left out; each can be switched off, filters.json shows what each does or would do
        bounce: z.boolean().default(true), //                                ours: delivery reports and read receipts
        autoReply: z.boolean().default(true), //                             ours: out of office
        calendar: z.boolean().default(true), //                              ours: notices of calendar programs
        notification: z.boolean().default(true), //                          ours: cron, trackers, commits, list administration
        noReply: z.boolean().default(true), //                               ours: senders that take no answers
        newsletter: z.boolean().default(true), //                            ours: bulk mail; a list whose members answer each other is none
        nearDuplicate: z.boolean().default(true), //                         ours: nearly the text of an earlier mail
      }),
      nearDuplicateJaccard: fraction.default(0.8), //                        ours: of five-word runs; docs/log.md has the counts at 0.7, 0.8 and 0.9
      nearDuplicateMinWords: count.default(25), //                           ours: shorter texts are alike by chance
      owner: z.array(z.string()).default([]), //                             ours: addresses; empty is found from the Sent folder
      pairs: z.enum(["auto", "own", "all"]).default("auto"), //              ours: own replies where the owner is known, else every reply
    }),
    ...free({
      imap: nested({ passwordEnv: z.string().default("IMAP_PASSWORD") }), // the variable's name; the password itself never enters a file
      retries: z.number().int().min(0).default(5), //                        ours: a dropped download or IMAP connection is taken up again so often without progress
    }),
  }),
  distill: section({
    // These only choose among paid calls: distill makes its files anew from the journal until train has read them.
    ...shapes("train", {
      sample: count.default(50_000), //                                      §3.1
      threshold: fraction.default(0.8), //                                   ours: §3.1 says "a specified threshold"
      rule: z.enum(["minimum", "mean"]).default("mean"), //                  §A.1 refines with the average score
      refinements: z.number().int().min(0).default(3), //                    §3.1 "up to three times"
      accept: count.nullable().default(null), //                             ours: stop at exactly so many accepted replies, the first in the order of the mails
      budgetUsd: z.number().min(0).nullable().default(null), //              ours: stop before the calls of this run folder cost more
      budgetMinutes: z.number().positive().nullable().default(null), //      ours: no call begins after so long, all sessions together
      defectRepeats: z.number().int().min(0).default(2), //                  ours: an answer that cannot be used is asked for again so often
      failedPasses: count.default(3), //                                     ours: a mail on which an endpoint fails in so many passes, all retries used, is given up
    }),
    ...shapes("distill", {
      prompts: z.enum(["paper", "default"]).default("default"), //           ours: §A.1's prompts verbatim, or ours with their slips mended (docs/paper.md)
      temperature: z.number().min(0).default(0.7), //                        ours
      judgeTemperature: z.number().min(0).default(0), //                     ours: a judge should say the same thing twice
      steered: fraction.default(0), //                                       ours: share of the mails with a line that says how to reply, which the reply then follows; the paper has none
      redact: z.enum(["auto", "on", "off"]).default("auto"), //              ours: names, addresses, numbers, secrets become placeholders; auto: for every endpoint off this machine
    }),
    ...free({
      maxReplyTokens: count.default(400), //                                 ours: one to three sentences as JSON
      maxJudgeTokens: count.default(600), //                                 ours
      mode: z.enum(["sync", "batch"]).default("sync"), //                    ours: calls one by one, or OpenAI's Batch API: half the price, hours a wave, the same rows
      batch: nested({
        requestsPerFile: count.default(50_000), //                           OpenAI's most
        bytesPerFile: count.default(200_000_000), //                         OpenAI's most
        pollSeconds: z.number().positive().default(60), //                   ours: the longest wait between two looks at a batch
        emptyWaves: count.default(3), //                                     ours: so many waves in a row without one answer stop the run
        priceShare: fraction.default(0.5), //                                OpenAI's; for providers whose share of the price is not known
        deleteFiles: z.boolean().default(true), //                           ours: requests and answers are deleted at the provider once they are here
      }),
      failuresInARow: count.default(5), //                                   ours: so many failures without a success between are the endpoint's fault: stop
      unusableInARow: count.default(20), //                                  ours: so many answers in a row that cannot be used: stop
      openPerRequest: count.default(4), //                                   ours: mails open for each request in flight, so that waiting leaves no place empty
      concurrency: count.default(50), //                                     §3.2.1
      requestsPerMinute: z.number().positive().nullable().default(null), //  §3.2.2: of each endpoint; null: learned from its headers or refusals
      tokensPerMinute: z.number().positive().nullable().default(null), //    §3.2.2: the same for prompt and answer tokens
      timeoutMs: count.default(60_000), //                                   ours
      retries: z.number().int().min(0).default(6), //                        §3.2.3 names no number
      backoffMs: count.default(500), //                                      ours: first wait, doubled each time, half of it by chance
      maxBackoffMs: count.default(30_000), //                                ours
    }),
  }),
  teacher: section({
    ...free({ baseUrl: baseUrl.default("builtin") }), //                     §3.1 GPT-4o: recipes/paper.yaml
    ...shapes("distill", { model: model.default("builtin-rules"), extraBody }),
    ...reach,
  }),
  ...shapes("distill", {
    judge: z
      .strictObject({ ...free({ baseUrl }), ...shapes("distill", { model, extraBody }), ...reach })
      .nullable()
      .default(null), //                                                     §3.1: the teacher judges too
  }),
  plan: section(
    // what `plan` assumes of calls that were not made yet; `rehearse` has the built-in teacher behave so
    free({
      measured: z.boolean().default(true), //                                ours: where the journal holds enough mails, their figures replace these
      refinementsPerMail: z.number().min(0).default(0.2), //                 ours: about 1.2 rounds a mail
      acceptedShare: fraction.default(0.9), //                               ours
      replyTokens: count.default(60), //                                     ours: one to three sentences as JSON
      judgeTokens: count.default(150), //                                    ours: four scores and four remarks as JSON
      latencyMs: count.default(1500), //                                     ours: a GPT-4o call of this size
      batchWaveHours: z.number().positive().default(24), //                  OpenAI's completion window; most waves take far less
    }),
  ),
  rehearsal: section(
    // how often the built-in teacher fails in a rehearsal, as fractions of all requests
    free({
      serverError: fraction.default(0.01), //                                ours
      hang: fraction.default(0.002), //                                      ours: no answer until the time limit
      cutBody: fraction.default(0.002), //                                   ours
      notJson: fraction.default(0.002), //                                   ours
      chatter: fraction.default(0.005), //                                   ours: an answer that cannot be used
    }),
  ),
  dataset: section(
    // what the dataset card says and nothing here can know
    free({
      name: z.string().nullable().default(null), //                          null: the run folder's name
      mailLicence: z.string().nullable().default(null), //                   licence of the mails; null: as the import says, else not stated
      teacherTerms: z.string().nullable().default(null), //                  what the teacher's terms allow; null: as known, else not stated
    }),
  ),
  student: section(
    shapes("train", {
      systemPrompt: z.string().default("Reply to this email."), //           ours: short, the phone pays for every prompt token
      dateString: z.string().default("26 Jul 2024"), //                      ours: pinned, or training and serving render different prompts
    }),
  ),
  train: section(
    shapes("train", {
      method: z.enum(["lora", "full"]).default("lora"), //                   §3.3.1
      rank: count.default(16), //                                            §3.3.1
      alpha: z.number().positive().default(16), //                           §3.3.1
      rsLora: z.boolean().default(true), //                                  §3.3.1: scale = alpha / sqrt(rank) = 4
      targets: z
        .array(z.string())
        .default(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]), // §3.3.1
      batchSize: count.default(32), //                                       §3.3.2
      accumulation: count.default(2), //                                     §3.3.2: 64 sequences a step
      epochs: count.default(2), //                                           §3.3.2
      learningRate: z.number().positive().default(5e-5), //                  §3.3.2
      warmupSteps: z.number().int().min(0).default(100), //                  §3.3.2
      schedule: z.enum(["linear", "cosine"]).default("linear"), //           ours: Trainer's default; §3.3.2 says only "warmup"
      maxGradNorm: z.number().positive().default(2), //                      §3.3.2
      weightDecay: z.number().min(0).default(0), //                          ours: Trainer's default
      beta1: fraction.default(0.9), //                                       ours: AdamW's default
      beta2: fraction.default(0.999), //                                     ours: AdamW's default
      epsilon: z.number().positive().default(1e-8), //                       ours: AdamW's default
      maxTokens: count.default(1024), //                                     §3.3.4
      rowTokens: count.default(1024), //                                     ours: longest row; sequences run in rows as short as they allow
      rowsPerRun: count.default(1), //                                       ours: a forward and backward pass holds the tokens of so many such rows
      checkpointEvery: count.default(100), //                                §3.3.3; validated at each, best by validation loss kept
      baseDtype: z.enum(["auto", "float32", "int8"]).default("auto"), //     ours: the frozen base of LoRA; auto is int8, which is faster, from 100M parameters up
      checkpointMinutes: z.number().positive().default(10), //               ours: one also whenever the newest is this old
      keepCheckpoints: count.default(5), //                                  ours: validated ones kept beside the best and the two newest
      maxLostFraction: fraction.default(0.05), //                            ours: more replies left out (too long, or nothing to learn) stop the training
      testFraction: fraction.default(0.05), //                               §3.3.4: 95 % / 5 %
      validationFraction: fraction.default(0.02), //                         ours: out of the 95 %, so the test split never chooses a checkpoint
      nearDuplicateJaccard: fraction.default(0.7), //                        ours: mails this alike never stand on both sides
    }),
  ),
  prefer: section(
    // train --method: from the trained adapter on, by which of two replies is the better one
    shapes("train", {
      beta: z.number().positive().nullable().default(null), //               ours: null: 0.1 as TRL has it, for SimPO its paper's 2
      gamma: z.number().min(0).default(0.5), //                              ours: SimPO's margin, as TRL has it
      sft: z.number().min(0).default(1), //                                  ours: times the loss of imitating the better reply; DPO alone raises repetition
      likedWeight: z.number().positive().default(1), //                      ours: KTO
      dislikedWeight: z.number().positive().default(1), //                   ours: KTO
      learningRate: z.number().positive().nullable().default(null), //       ours: null: a thirtieth of train.learningRate
      batchSize: count.default(16), //                                       ours: pairs a step
      epochs: count.default(1), //                                           ours
      warmupFraction: fraction.default(0.1), //                              ours: of the steps
      checkpointEvery: count.default(20), //                                 ours
    }),
  ),
  style: section(
    // personalise: a second adapter, in the owner's own words
    free({
      rank: count.default(8), //                                             ours
      epochs: count.default(3), //                                           ours: each shows a reply twice, to the mail alone and with a line
      learningRate: z.number().positive().default(1e-3), //                  ours
      batchSize: count.default(4), //                                        ours: replies a step
      maxTokens: count.default(384), //                                      ours: of mail and reply; a long mail's tail says little of how its answer is worded
      leastReplies: count.default(50), //                                    ours: with fewer, chance outweighs style
      mostReplies: count.default(500), //                                    ours: the newest, and so many rows at most; more takes longer and says little more of a style
      lines: z.enum(["own", "teacher"]).default("own"), //                   ours: who writes the line behind a reply: rules here, or the teacher, to whom your replies are then sent
      author: z.string().min(1).nullable().default(null), //                 ours: of a mailbox that several people write from, whose replies are learnt, by the name in From
    }),
  ),
  improve: section(
    // improve: a round on the model's own drafts; each round keeps its numbers in a run folder of its own
    free({
      mails: count.default(500), //                                          ours: training mails of a round, chosen by seed; all validation mails are drafted too
      drafts: count.default(4), //                                           ours: a mail
      temperature: z.number().positive().default(0.8), //                    ours: of the drafts
      sft: z.number().min(0).default(8), //                                  ours: in place of prefer.sft; with 1 a round forgot what the teacher taught
      gap: fraction.default(0.1), //                                         ours: by so much (of 1) the better draft of a pair is better
      lengthChange: fraction.default(0.1), //                                ours: the gate: mean length may change by this share
      groundingDrop: fraction.default(0.01), //                              ours: the gate: grounded claims may become fewer by this share of all
      lossRise: fraction.default(0.05), //                                   ours: the gate: validation loss may rise by this share
    }),
  ),
  evaluate: section({
    ...shapes("evaluate", {
      samples: count.default(5000), //                                       §4: at most this many of the test split
      maxReplyTokens: count.default(160), //                                 ours
      temperature: z.number().min(0).default(0), //                          ours: greedy, so the figure can be made again
      format: z.enum(["adapter-gguf", ...ggufFormats]).default("gguf-q8_0"), // ours: what a phone gets; llama.cpp answers several mails at once bit for bit alike
    }),
    ...free({
      predictor: z
        .strictObject({ ...free({ baseUrl, model, extraBody }), ...reach })
        .nullable()
        .default(null), // ours: null is the run's own model; an endpoint answers in its place, and the result before it goes aside
    }),
    // These only shape the scores: evaluate scores anew from the replies it has.
    ...free({
      ceiling: z.enum(["auto", "on", "off"]).default("auto"), //             ours: the teacher asked again; auto where that is free and at hand
      judge: z
        .strictObject({ ...free({ baseUrl, model, extraBody }), ...reach })
        .nullable()
        .default(null), // ours: who judges the replies of a run; null: the judge of the training data. Better another family of models than the teacher's
      maxJudgeTokens: count.default(1500), //                                ours: quotes for six criteria as JSON
      judgeRepeats: z.number().int().min(0).default(1), //                   ours: how often an unusable answer is asked for again before a reply is unscored
      encoder: z.string().min(1).nullable().default(null), //                ours: a folder or a model of the hub whose vectors BERTScore compares; null: no BERTScore
      encoderLayer: z.number().int().min(0).nullable().default(null), //     ours: null is the layer that bert_score 0.3.13 recommends for the encoder
      cleanBelow: fraction.default(0.5), //                                  ours: a test mail is clean below this share of five-word runs found in one training mail
    }),
  }),
  reply: section({
    ...shapes("evaluate", {
      loopBan: z.boolean().default(true), //                                 ours: no token that ends an immediate second copy of the last 1 to 16
    }),
    ...free({
      completionRate: fraction.default(0.8), //                               ours: share of the places in a reply where the next words are offered
      triggerRate: fraction.default(0.9), //                                 ours: share of the mails that no rule decides which are answered unasked
    }),
  }),
  export: section(
    shapes("export", {
      formats: z
        .array(z.enum(["adapter", "adapter-gguf", "merged", "ollama", ...ggufFormats, ...onnxFormats, ...pteFormats]))
        .default(["adapter", "merged", "gguf-f16", "gguf-q8_0"]),
      benchMails: z.number().int().min(0).default(20), //                   ours: mails of the bench that each exported file replies to; 0: none
      importanceMails: z.number().int().min(0).nullable().default(null), // ours: training mails whose activations say which columns GGUFs of 4 to 6 bits keep nearest; 0: as llama.cpp without an importance matrix; null: 32 from 100 million parameters up, 0 below
      prune: z.number().int().min(0).nullable().default(null), //            ours: so many tokens of the vocabulary are kept, those of the run's mails and replies always; null: all. Adapters stay whole; not for .pte
      pteTemplates: z.string().min(1).nullable().default(null), // ours: a folder of one's own templates for .pte files, beside those of the package
    }),
  ),
  inbox: section(
    free({
      drafts: z.string().min(1).nullable().default(null), //                 ours: the folder of drafts; null: the one the server or its name says
      name: z.string().nullable().default(null), //                          ours: the owner's name, in From; null: the address alone
      days: z.number().positive().default(3), //                             ours: older mails are left alone
      replyAll: z.enum(["auto", "never"]).default("auto"), //                ours: auto: all of a conversation, never a list that does not ask
      flags: z.enum(["line", "header", "off"]).default("line"), //           ours: what to check, as a first line that the person deletes
      quote: z.boolean().default(true), //                                   ours: the mail stands quoted below
      signature: z.string().nullable().default(null), //                     ours: below the text, after "-- "
      disclosure: z.string().nullable().default(null), //                    ours: a line that says who wrote it, and the header AI-Disclosure; off by default
      recheckSeconds: z.number().positive().default(60), //                  ours: drafts whose mail was answered elsewhere are looked for so often
    }),
  ),
});

/** A complete, checked recipe: every key present. */
export type Recipe = z.infer<typeof recipeSchema>;
/** Where teacher or judge calls go. */
export type Endpoint = Recipe["teacher"];

/** The defaults: the paper's numbers and ours where it is silent. */
export function defaultRecipe(): Recipe {
  return recipeSchema.parse({});
}

/** Where a value of a resolved recipe came from: the defaults, the recipe file, or an override on the command line. */
export type RecipeSource = "default" | "file" | "override";

/** A checked recipe, and for every leaf key (`train.epochs`) the place its value came from. */
export interface ResolvedRecipe {
  readonly recipe: Recipe;
  readonly sources: ReadonlyMap<string, RecipeSource>;
}

/**
 * Reads `path` (YAML; none for the defaults alone), applies overrides such as `train.epochs=3`, checks every key and type.
 * Throws UserError that names the key, what was expected and the known keys.
 */
export async function loadRecipe(path: string | undefined, overrides: readonly string[] = []): Promise<Recipe> {
  return (await resolveRecipe(path, overrides)).recipe;
}

/** `loadRecipe`, with the source of every value. */
export async function resolveRecipe(
  path: string | undefined,
  overrides: readonly string[] = [],
): Promise<ResolvedRecipe> {
  let tree: Tree = {};
  if (path !== undefined) {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new UserError(`The recipe ${path} cannot be read (${error.code}). The recipes that ship are in recipes/.`);
    });
    tree = parseTree(text, path);
  }
  const fromFile = flattenRecipe(tree);
  const fromOverrides: Tree = {};
  for (const override of overrides) {
    applyOverride(tree, override);
    applyOverride(fromOverrides, override);
  }
  const result = recipeSchema.safeParse(tree);
  if (!result.success) {
    const where =
      path === undefined
        ? "The command line's overrides are"
        : `The recipe ${path}${overrides.length > 0 ? " with the command line's overrides" : ""} is`;
    throw new UserError(
      `${where} not valid:\n${result.error.issues.map((issue) => `  ${explainIssue(issue)}`).join("\n")}`,
    );
  }
  const overridden = flattenRecipe(fromOverrides);
  const sourceOf = (key: string): RecipeSource =>
    overridden.has(key) ? "override" : fromFile.has(key) ? "file" : "default";
  const sources = new Map([...flattenRecipe(result.data).keys()].map((key) => [key, sourceOf(key)]));
  return { recipe: result.data, sources };
}

/** Every leaf of a recipe, or of a part of one, under its dotted key; a list, null or an empty map is a leaf. */
export function flattenRecipe(tree: object, prefix = ""): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix + key;
    if (isTree(value) && Object.keys(value).length > 0)
      for (const [below, leaf] of flattenRecipe(value, `${path}.`)) leaves.set(below, leaf);
    else leaves.set(path, value);
  }
  return leaves;
}

/** The first stage whose output a key (`train.epochs`) shapes for good; null for one that shapes none. */
export function stageOfKey(key: string): StageName | null {
  let node: unknown = recipeSchema;
  let stage: unknown;
  for (const part of key.split(".")) {
    while (node instanceof z.ZodPrefault || node instanceof z.ZodNullable || node instanceof z.ZodDefault)
      node = node.def.innerType;
    if (!(node instanceof z.ZodObject)) break; // a map with any keys: import.fields
    node = node.shape[part];
    const mark = (node as z.ZodType | undefined)?.meta()?.shapes;
    if (mark !== undefined) stage = mark;
  }
  invariant(stage !== undefined, `the recipe's key ${key} says what it shapes`);
  return stage as Shapes; // written by `shapes`
}

/** Reads any YAML file. Throws UserError that calls it `what` where it cannot be read or is no YAML. */
export async function readYaml(path: string, what: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`The ${what} ${path} cannot be read (${error.code}).`);
  });
  try {
    return parseYaml(text);
  } catch (error) {
    throw new UserError(`The ${what} ${path} is not valid YAML: ${(error as Error).message}`);
  }
}

/** The seed of the quickstart's sample mailbox; the shipped base has seen no mail of it. */
export function quickstartMailboxSeed({ seed }: Pick<Recipe, "seed">): string {
  return `quickstart/${seed}`;
}

type Tree = { [key: string]: unknown };

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseTree(text: string, path: string): Tree {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    throw new UserError(`The recipe ${path} is not valid YAML: ${(error as Error).message}`);
  }
  if (value === null || value === undefined) return {};
  if (!isTree(value)) {
    throw new UserError(
      `The recipe ${path} must be a YAML map such as "seed: 42", not ${Array.isArray(value) ? "a list" : `a ${typeof value}`}.`,
    );
  }
  return value;
}

/**
 * Writes one `key.path=value` into `tree`. The value takes the type of what it replaces: text stays text where the default is
 * text, anything else is read as YAML, so that numbers, booleans, null and [lists] keep their type.
 */
function applyOverride(tree: Tree, override: string): void {
  const at = override.indexOf("=");
  if (at <= 0)
    throw new UserError(`The override "${override}" is not of the form key.path=value, for example train.epochs=3.`);
  const keys = override.slice(0, at).split(".");
  const text = override.slice(at + 1);
  let known: unknown = knownTree();
  let node = tree;
  for (const [depth, key] of keys.entries()) {
    const inFreeMap = isTree(known) && Object.keys(known).length === 0; // import.fields, teacher.extraBody: any key
    if (!isTree(known))
      throw new UserError(
        `The override "${override}": ${keys.slice(0, depth).join(".")} is a value, it has no keys below it.`,
      );
    if (!inFreeMap && !Object.hasOwn(known, key)) {
      const where = keys.slice(0, depth).join(".") || "(top)";
      throw new UserError(
        `The override "${override}": unknown key "${key}" in ${where}.${didYouMean(key, Object.keys(known))} Known keys here: ${Object.keys(known).join(", ")}.`,
      );
    }
    known = inFreeMap ? (keys.includes("extraBody") ? {} : "") : known[key];
    if (depth < keys.length - 1) {
      const next = Object.hasOwn(node, key) ? (node[key] ?? {}) : {};
      if (!isTree(next))
        throw new UserError(
          `The override "${override}": ${keys.slice(0, depth + 1).join(".")} is a value in the recipe file.`,
        );
      Object.defineProperty(node, key, { value: next, enumerable: true, configurable: true, writable: true });
      node = next;
    } else {
      const value = typeof known === "string" ? text : parseOverrideValue(override, text);
      Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true });
    }
  }
}

function parseOverrideValue(override: string, text: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw new UserError(`The override "${override}": the value is not valid YAML: ${(error as Error).message}`);
  }
}

function explainIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".") || "(top)";
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path.map(String));
    return `${path}: unknown key ${issue.keys.map((key) => `"${key}"`).join(", ")}.${didYouMean(issue.keys[0], known)} Known keys here: ${known.join(", ")}.`;
  }
  return `${path}: ${issue.message}`;
}

/** Every key there is, with its default; `judge`, `evaluate.judge` and `evaluate.predictor` show the keys they have when they are not null. */
function knownTree(): Tree {
  const { teacher, evaluate } = defaultRecipe();
  return { ...defaultRecipe(), judge: teacher, evaluate: { ...evaluate, predictor: teacher, judge: teacher } };
}

function knownKeys(path: readonly string[]): string[] {
  let node: unknown = knownTree();
  for (const key of path) node = (node as Tree)[key];
  return Object.keys(node as Tree);
}
