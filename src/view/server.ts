/** The page over a run's dataset, for whoever holds its address. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { labelEndpoint } from "../builtin/index.ts";
import { endpointsOf } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import type { Recipe } from "../recipe.ts";
import { listen } from "../serve/index.ts";
import { type AppOptions, createViewApp } from "./app.ts";
import { type DatasetPaths, openDataset } from "./dataset.ts";
import { openTrainingLog, type TrainingPaths } from "./training.ts";

/** How the page is opened. */
export interface ViewOptions {
  readonly paths: DatasetPaths & TrainingPaths;
  readonly recipe: Recipe;
  /** The run's name, as the page shows it. */
  readonly name: string;
  readonly webFolder: string;
  readonly training: AppOptions["training"];
  /** 0: any free one. */
  readonly port: number;
  /** Where it listens: this machine alone, unless said otherwise. Who has the address has the key. */
  readonly host?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A page that is open. Whoever opens it closes it. */
export interface RunningView {
  /** With the key without which the server answers nobody. */
  readonly url: string;
  readonly total: number;
  /** Whether the last decision of an earlier session was cut, and is lost. */
  readonly isTorn: boolean;
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const KEY_BYTES = 12;

/** Indexes the run and listens on 127.0.0.1, or where `host` says. Throws UserError where the page is not built, the run has no mail, or the port is taken. */
export async function startView(options: ViewOptions): Promise<RunningView> {
  const { recipe, name, webFolder, training, port, host = LOOPBACK } = options;
  if (!existsSync(join(webFolder, "index.html")))
    throw new UserError(`The page is not built: ${webFolder} holds no index.html. Build it with npm run build.`);
  const dataset = await openDataset(options);
  const { threshold, rule, refinements } = recipe.distill;
  const key = randomBytes(KEY_BYTES).toString("hex");
  const { teacher, judge } = endpointsOf(recipe);
  const run = {
    ...{ name, threshold, rule, refinements },
    teacher: labelEndpoint(teacher).label,
    judge: labelEndpoint(judge).label,
  };
  const app = createViewApp({
    dataset,
    log: openTrainingLog(options.paths),
    run,
    training,
    webFolder,
    key,
    host,
  });
  const listening = await listen({ fetch: app.fetch, port, host }).catch(async (error) => {
    await dataset.close();
    throw error;
  });
  return {
    url: `${listening.url}/${key}/`,
    total: dataset.rows.length,
    isTorn: dataset.isTorn,
    close: () => listening.close(() => dataset.close()),
  };
}
