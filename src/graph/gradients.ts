/** Reverse-mode differentiation over the tape of a graph. */
import { invariant } from "../errors.ts";
import type { Graph, Value } from "./graph.ts";
import { add } from "./ops.ts";

/**
 * Appends to `graph` the nodes that compute d(loss)/d(value) for each value of `wrt`, in that order.
 * `loss` is a scalar. Only operations on a path from `wrt` to `loss` are differentiated, so frozen weights cost nothing.
 * Throws (our bug) if a value does not influence the loss.
 */
export function gradients(graph: Graph, loss: Value, wrt: readonly Value[]): Value[] {
  invariant(loss.shape.length === 0, `the loss must be a scalar, ${loss.name} has shape [${loss.shape}]`);
  const tape = [...graph.tape]; // gradients append to the graph, not to this walk
  const active = new Set(wrt);
  for (const entry of tape) if (entry.inputs.some((input) => active.has(input))) active.add(entry.output);

  const gradientOf = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  for (const entry of tape.toReversed()) {
    const outputGradient = gradientOf.get(entry.output);
    if (!outputGradient || !active.has(entry.output)) continue;
    const needs = entry.inputs.map((input) => active.has(input));
    const inputGradients = entry.backward(outputGradient, needs);
    entry.inputs.forEach((input, i) => {
      const gradient = inputGradients[i];
      if (!needs[i] || !gradient) return;
      const sofar = gradientOf.get(input);
      gradientOf.set(input, sofar ? add(graph, sofar, gradient) : gradient);
    });
  }
  return wrt.map((value) => {
    const gradient = gradientOf.get(value);
    invariant(gradient, `${value.name} does not influence the loss`);
    return gradient;
  });
}
