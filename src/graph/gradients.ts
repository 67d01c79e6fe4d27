/** Reverse-mode differentiation over the tape of a graph. */
import { invariant } from "../errors.ts";
import { type Graph, show, type TapeEntry, type Value } from "./graph.ts";
import { add } from "./ops.ts";
import { sameShape } from "./shapes.ts";

/**
 * Appends to `graph` the nodes that compute d(loss)/d(value) for each value of `wrt`, in that order.
 * `loss` is a scalar. Only operations on a path from `wrt` to `loss` are differentiated, so frozen weights cost nothing.
 * Throws (our bug) if a value does not influence the loss, if it does so through an operator without a gradient rule or past the inputs
 * that a rule names, and if a rule gives no gradient or one of the wrong shape.
 */
export function gradients(graph: Graph, loss: Value, wrt: readonly Value[]): Value[] {
  invariant(loss.shape.length === 0, `the loss must be a scalar, ${loss.name} has shape [${loss.shape}]`);
  const tape = [...graph.tape]; // gradients append to the graph, not to this walk
  const dependsOnWrt = dependence(graph, wrt);
  const gradientOf = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  const targets = new Set(wrt);
  for (const entry of tape.toReversed()) {
    const outputGradients = entry.outputs.flatMap((output) => gradientOf.get(output) ?? []);
    if (outputGradients.length === 0 || !dependsOnWrt(entry.outputs[0])) continue;
    const names = entry.outputs.map(show).join(", ");
    invariant(outputGradients.length === entry.outputs.length, `the loss depends on some of ${names}, not on all`);
    requireNamedInputs(graph, entry, targets, dependsOnWrt);
    const needs = entry.inputs.map(dependsOnWrt);
    const inputGradients = entry.backward(outputGradients, needs);
    entry.inputs.forEach((input, i) => {
      if (!needs[i]) return;
      const gradient = inputGradients[i];
      invariant(gradient, `the rule of ${names} gives no gradient for ${show(input)}`);
      invariant(
        sameShape(gradient.shape, input.shape),
        `the gradient of ${show(input)} through ${names} has shape [${gradient.shape}]`,
      );
      const sofar = gradientOf.get(input);
      gradientOf.set(input, sofar ? add(graph, sofar, gradient) : gradient);
    });
  }
  const ruled = new Set(tape.flatMap(({ outputs }) => outputs));
  for (const value of gradientOf.keys()) {
    const producer = graph.producerOf(value);
    invariant(
      targets.has(value) || ruled.has(value) || producer === undefined || !dependsOnWrt(value),
      `${show(value)} has no gradient rule: nothing recorded how ${producer?.opType} passes gradients on`,
    );
  }
  return wrt.map((value) => {
    const gradient = gradientOf.get(value);
    invariant(gradient, `${value.name} does not influence the loss`);
    return gradient;
  });
}

/** Whether a value is computed from one of `wrt`, through whatever operators. */
function dependence(graph: Graph, wrt: readonly Value[]): (value: Value) => boolean {
  const known = new Map<Value, boolean>(wrt.map((value) => [value, true]));
  return (value) => {
    const open = [value];
    while (open.length > 0) {
      const current = open.at(-1)!;
      const inputs = graph.producerOf(current)?.inputs ?? [];
      const unknown = known.has(current) ? [] : inputs.filter((input) => !known.has(input));
      open.push(...unknown);
      if (unknown.length > 0) continue;
      if (!known.has(current))
        known.set(
          current,
          inputs.some((input) => known.get(input)),
        );
      open.pop();
    }
    return known.get(value)!;
  };
}

/** Throws where a rule leaves out an input: a way from `targets` to the entry's outputs that passes none of the inputs it names. */
function requireNamedInputs(
  graph: Graph,
  { inputs, outputs }: TapeEntry,
  targets: ReadonlySet<Value>,
  dependsOnWrt: (value: Value) => boolean,
): void {
  const seen = new Set<Value>(inputs);
  const open = [...outputs];
  while (open.length > 0) {
    const value = open.pop()!;
    if (seen.has(value) || !dependsOnWrt(value)) continue;
    seen.add(value);
    invariant(
      !targets.has(value),
      `the rule of ${outputs.map(show).join(", ")} does not name ${show(value)}, which it depends on`,
    );
    open.push(...(graph.producerOf(value)?.inputs ?? []));
  }
}
