/**
 * Gates: what a run must reach before it may go on. Floors are absolute; non-inferiority compares with a baseline run, mail by mail,
 * and holds only if the whole 95 % interval lies above the margin. What a gate names must be there: nothing passes in silence.
 */
import { z } from "zod";
import { UserError } from "../errors.ts";
import type { PairedDifference } from "./gate-pairs.ts";

const floor = z
  .strictObject({
    metric: z.string().min(1),
    min: z.number().optional(),
    max: z.number().optional(),
    equals: z.union([z.number(), z.boolean(), z.string()]).optional(),
    why: z.string().optional(),
  })
  .refine(({ min, max, equals }) => min !== undefined || max !== undefined || equals !== undefined, {
    message: "needs min, max or equals",
  });

const nonInferiority = z.strictObject({
  metric: z.string().min(1),
  margin: z.number().min(0),
  why: z.string().optional(),
});

const gatesSchema = z
  .strictObject({
    name: z.string().default("gates"),
    floors: z.array(floor).default([]),
    nonInferiority: z.array(nonInferiority).default([]),
  })
  .refine(({ floors, nonInferiority }) => floors.length + nonInferiority.length > 0, {
    message: "names no gate: an empty list would always pass",
  });

/** A gates file. */
export type Gates = z.infer<typeof gatesSchema>;

/** Checks the content of a gates file. Throws UserError that names every fault. */
export function parseGates(value: unknown, path: string): Gates {
  const result = gatesSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path: at, message }) => `  ${at.join(".") || "(top)"}: ${message}`);
  throw new UserError(`The gates file ${path} is not valid:\n${faults.join("\n")}`);
}

/** How one gate came out: "error" where it could not be decided. */
export interface GateResult {
  readonly kind: "floor" | "non-inferiority";
  readonly metric: string;
  /** The condition in words. */
  readonly condition: string;
  readonly status: "passed" | "failed" | "error";
  /** What was found, or why nothing could be. */
  readonly found: string;
  readonly value: number | boolean | string | null;
  readonly difference: PairedDifference | null;
  readonly why: string | null;
}

/** All gates of a file. */
export interface GateReport {
  readonly name: string;
  readonly results: readonly GateResult[];
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  /** 0 all passed; 1 a gate failed; 2 one could not be decided. */
  readonly exitCode: 0 | 1 | 2;
}

/**
 * Decides every gate. `readValue` gives what stands under a metric's name (`bench.leaks.passed`), `comparePairs` the difference to
 * the baseline; both throw UserError that says why they cannot, which makes that gate an error and not the whole report.
 */
export async function decideGates(
  gates: Gates,
  source: {
    readValue: (metric: string) => Promise<unknown>;
    comparePairs: (metric: string) => Promise<PairedDifference>;
  },
): Promise<GateReport> {
  const results: GateResult[] = [];
  for (const { metric, why = null, ...bounds } of gates.floors) {
    const about = { kind: "floor" as const, metric, condition: describeBounds(bounds), difference: null, why };
    const value = await source.readValue(metric).catch(keepUserError);
    if (value instanceof UserError) results.push({ ...about, status: "error", found: value.message, value: null });
    else results.push({ ...about, ...checkFloor(value, bounds) });
  }
  for (const { metric, margin, why = null } of gates.nonInferiority) {
    const condition = margin === 0 ? "no worse than the baseline" : `at most ${margin} worse than the baseline`;
    const about = { kind: "non-inferiority" as const, metric, condition, why };
    const difference = await source.comparePairs(metric).catch(keepUserError);
    if (difference instanceof UserError)
      results.push({ ...about, status: "error", found: difference.message, value: null, difference: null });
    else results.push({ ...about, ...checkMargin(difference, margin) });
  }
  const count = (status: GateResult["status"]) => results.filter((result) => result.status === status).length;
  const [passed, failed, errors] = [count("passed"), count("failed"), count("error")];
  return { name: gates.name, results, passed, failed, errors, exitCode: errors > 0 ? 2 : failed > 0 ? 1 : 0 };
}

function keepUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}

type Bounds = Pick<Gates["floors"][number], "min" | "max" | "equals">;

function describeBounds({ min, max, equals }: Bounds): string {
  const parts = [
    ...(equals === undefined ? [] : [`exactly ${equals}`]),
    ...(min === undefined ? [] : [`≥ ${min}`]),
    ...(max === undefined ? [] : [`≤ ${max}`]),
  ];
  return parts.join(" and ");
}

function checkFloor(value: unknown, { min, max, equals }: Bounds): Pick<GateResult, "status" | "found" | "value"> {
  const isPlain = typeof value === "number" || typeof value === "boolean" || typeof value === "string";
  if (!isPlain || (typeof value === "number" && !Number.isFinite(value)))
    return {
      status: "error",
      found: `is ${value === null ? "null: it was not measured" : "no single value"}`,
      value: null,
    };
  if ((min !== undefined || max !== undefined) && typeof value !== "number")
    return { status: "error", found: `is ${JSON.stringify(value)}, which is no number`, value };
  const holds =
    (equals === undefined || value === equals) &&
    (min === undefined || (value as number) >= min) && //  a number: checked above
    (max === undefined || (value as number) <= max);
  return {
    status: holds ? "passed" : "failed",
    found: `is ${typeof value === "number" ? showNear(value, [min, max, equals]) : value}`,
    value,
  };
}

/** A number in four digits, or as many more as tell it from the bounds that it does not equal: 0.94996 against 0.95 is not "0.95". */
function showNear(value: number, bounds: readonly (number | boolean | string | undefined)[]): string {
  const others = bounds.filter((bound) => typeof bound === "number" && bound !== value);
  for (let digits = 4; digits < 17; digits++) {
    const shown = Number(value.toPrecision(digits));
    if (others.every((bound) => shown !== bound)) return String(shown);
  }
  return String(value);
}

function checkMargin(
  difference: PairedDifference,
  margin: number,
): Pick<GateResult, "status" | "found" | "value" | "difference"> {
  const { run, baseline, estimate, low, high, items } = difference;
  const show = (value: number) => String(Number(value.toPrecision(4)));
  const signed = (value: number) => (value > 0 ? `+${show(value)}` : show(value));
  const found =
    `${show(run)} against ${show(baseline)}: ${signed(estimate)} (95 % interval ${signed(low)} … ${signed(high)}, ${items} items)` +
    (difference.note === null ? "" : `; ${difference.note}`);
  return { status: low >= -margin && items > 0 ? "passed" : "failed", found, value: run, difference };
}

/** Looks a metric's path up in the content of a report, `systems.student.bleu.score`. Throws UserError that names the keys there are. */
export function lookUp(content: unknown, path: readonly string[], file: string): unknown {
  let node = content;
  for (const [depth, key] of path.entries()) {
    const isMap = typeof node === "object" && node !== null;
    if (!isMap || !Object.hasOwn(node as object, key)) {
      const where = path.slice(0, depth).join(".") || "the top";
      const known = isMap
        ? `it has ${
            Object.keys(node as object)
              .slice(0, 20)
              .join(", ") || "no keys"
          }`
        : `it is ${JSON.stringify(node)}`;
      throw new UserError(`there is no "${key}" at ${where} of ${file}; ${known}`);
    }
    node = (node as Record<string, unknown>)[key]; // a map: checked above
  }
  return node;
}
