/** Symbolic tensors with shapes, reverse-mode gradients, emitted as ONNX. */
export { type AttentionShape, attention, packedCausalMask, type RopeTables, rope } from "./attention.ts";
export { gradients } from "./gradients.ts";
export { Graph, type Value } from "./graph.ts";
export {
  add,
  gatherRows,
  matmulT,
  mul,
  negativeLogLikelihood,
  reshape,
  rmsNorm,
  scale,
  sum,
  swiglu,
  transpose,
} from "./ops.ts";
export { type Dim, multipleOf, type Shape } from "./shapes.ts";
