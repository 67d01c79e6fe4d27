/** What the model that training starts from gives each sequence: computed once, kept in a file. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readJsonFile, writeJsonFile } from "../../formats/index.ts";
import type { Weights } from "../../model/index.ts";
import { withEngine } from "../engine.ts";
import { type FitOptions, sessionsFor } from "../fit.ts";
import type { Example } from "../pack.ts";
import { startTrained } from "../trained.ts";

/** reference.json */
interface ReferenceFile {
  /** Of the model, the settings and the sequences. */
  readonly digest: string;
  /** Sums of log p over each sequence's completion, in order; nats. */
  readonly sums: readonly number[];
}

/**
 * Sums of log p of the completions of `examples`, by the base with the adapter `start`: TRL's "ref" adapter, a frozen copy of the one
 * that training goes on from. Read from `path` where they were computed before.
 */
export async function referenceSums(
  examples: readonly Example[],
  options: Pick<FitOptions, "config" | "base" | "int8" | "baseName" | "settings" | "seed" | "threads" | "signal"> & {
    start: Weights;
    path: string;
    onProgress?: (part: number) => void;
  },
): Promise<ReadonlyMap<Example, number>> {
  const { config, base, int8, settings, start, path, signal, onProgress } = options;
  const digest = digestOf(examples, start);
  const before = existsSync(path) ? ((await readJsonFile(path)) as ReferenceFile) : null; // written below
  if (before?.digest === digest) return new Map(examples.map((example, i) => [example, before.sums[i]]));

  const trained = startTrained(options);
  for (const [name, data] of start) trained.weights.get(name)!.set(data);
  const opened = { config, base, int8: int8?.projections, trained, settings, openSession: sessionsFor(options) };
  const found = await withEngine(opened, (engine) =>
    engine.logProbabilities(examples, async (_, part) => {
      signal?.throwIfAborted();
      onProgress?.(part);
    }),
  );
  const sums = examples.map((example) => found.get(example)!.reduce((sum, value) => sum + value, 0));
  await writeJsonFile(path, { digest, sums } satisfies ReferenceFile);
  return new Map(examples.map((example, i) => [example, sums[i]]));
}

/** A hash of the starting weights and of the sequences. */
export function digestOf(examples: readonly Example[], start: Weights): string {
  const hash = createHash("sha256");
  for (const [name, data] of start) hash.update(name).update(data);
  for (const { ids, completionStart } of examples) hash.update(`${completionStart} `).update(ids);
  return hash.digest("hex");
}
