/** Symbolic tensors with shapes, reverse-mode gradients, emitted as ONNX. */
export { attention, packedCausalMask, type RopeTables, rope } from "./attention.ts";
export { gradients } from "./gradients.ts";
export { Graph, type Value } from "./graph.ts";
export { channelMaxima, channelSquares, type Int8Matrix, int8Errors, int8MatmulT } from "./int8.ts";
export {
  add,
  gatherRows,
  matmulT,
  matmulTs,
  mul,
  negativeLogLikelihood,
  reshape,
  rmsNorm,
  scale,
  sum,
  swiglu,
} from "./ops.ts";
export { type Dim, product, type Shape } from "./shapes.ts";
