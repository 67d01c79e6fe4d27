/** How sure the run's model has to be of the next words, so that `reply.completionRate` of the places have some: completion.json. */
import { existsSync } from "node:fs";
import type { Reply } from "../distill/index.ts";
import { pasteable, UserError } from "../errors.ts";
import { encodeJson, readJsonFile, readJsonl, writeFileAtomic } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import { confidenceFor, findCompletionPlaces, summarisePlaces, toAssistantMail } from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import type { Split } from "../train/index.ts";
import { openRunAssistant } from "./assistant.ts";
import { readBest } from "./best.ts";

/** ours: words typed of the validation set, and as many of the test set: half a minute with a small model. */
const PLACES = 400;

/** What was learnt of the places, for whoever calls. */
export interface CompletionReport {
  readonly rate: number;
  readonly confidence: number;
  /** Of the replies that the threshold was not chosen on. */
  readonly held: { readonly places: number; readonly coverage: number; readonly right: number };
}

/** Types replies of the validation set word by word and writes completion.json; says what share of the test set's places has words then. Throws UserError. */
export async function measureCompletion(options: {
  paths: RunPaths;
  recipe: Recipe;
  signal?: AbortSignal;
}): Promise<CompletionReport> {
  const { paths, recipe, signal } = options;
  for (const path of [paths.replies, paths.split, paths.best])
    if (!existsSync(path))
      throw new UserError(
        `${path} is not there: train the run first, npx pocketreply train --run ${pasteable(paths.folder)}`,
      );
  const { validation, test } = (await readJsonFile(paths.split)) as Split;
  const [toChoose, held]: Parameters<typeof findCompletionPlaces>[1][number][][] = [[], []];
  for await (const { value } of readJsonl(paths.replies)) {
    const { id, email, reply } = value as Reply; // written by distill
    const row = { mail: toAssistantMail(email), reply };
    if (validation.includes(id)) toChoose.push(row);
    else if (test.includes(id)) held.push(row);
  }
  const { assistant } = await openRunAssistant(options);
  try {
    const found = await findCompletionPlaces(assistant, toChoose, { mostPlaces: PLACES, signal });
    const rates = summarisePlaces(found, await readBest(paths));
    const rate = recipe.reply.completionRate;
    const confidence = confidenceFor(rates, { rate, path: paths.completion });
    const places = await findCompletionPlaces(assistant, held, { mostPlaces: PLACES, signal });
    const offered = places.filter((place) => place.confidence >= confidence);
    await writeFileAtomic(paths.completion, `${encodeJson(rates)}\n`);
    const right = offered.filter((place) => place.right).length / offered.length;
    return { rate, confidence, held: { places: places.length, coverage: offered.length / places.length, right } };
  } finally {
    await assistant.close();
  }
}
