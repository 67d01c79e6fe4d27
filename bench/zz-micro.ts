import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeOnnxModel, onnxDataTypes, bytesOf } from "../src/formats/codecs.ts";
const S = 600;
const f32 = (name: string, shape: number[], data: Float32Array) => ({ name, dtype: "float32" as const, shape, bytes: bytesOf(data) });
async function time(label: string, nodes: any[], out: any, W: number, inits: any[] = []) {
  // repeat chain R times on distinct inputs to amortise
  const onnx = encodeOnnxModel({ name: "m", opsets: { "": 23, "com.microsoft": 1 }, irVersion: 11, nodes: nodes.map((n) => ({ domain: "", attributes: {}, ...n })), inputs: [{ name: "x", dtype: "float32", shape: [S, W] }], outputs: [out], initializers: inits, values: [] } as never);
  const s = await InferenceSession.create(onnx, { intraOpNumThreads: Number(process.env.T ?? 2), executionProviders: ["cpu"], logSeverityLevel: 3, extra: { session: { intra_op: { allow_spinning: "0" } } } });
  const x = new Tensor("float32", Float32Array.from({ length: S * W }, () => Math.random() - 0.5), [S, W]);
  const times: number[] = [];
  for (let i = 0; i < 60; i++) { const t = performance.now(); await s.run({ x }); times.push(performance.now() - t); }
  times.sort((a, b) => a - b);
  console.log(label, W, "min", times[0].toFixed(3), "median", times[30].toFixed(3));
  await s.release();
}
const i64 = (name: string, list: number[]) => ({ name, dtype: "int64" as const, shape: [list.length], bytes: bytesOf(BigInt64Array.from(list, BigInt)) });
const keep = { keepdims: { int: 1 } };
for (const W of [576, 1536]) {
  const fl = (shape: any[]) => ({ name: "o", dtype: "float32", shape });
  await time("Abs+ReduceMax", [ { opType: "Abs", inputs: ["x"], outputs: ["a"] }, { opType: "ReduceMax", inputs: ["a", "ax"], outputs: ["o"], attributes: keep } ], fl([S, 1]), W, [i64("ax", [-1])]);
  await time("Max,Min", [ { opType: "ReduceMax", inputs: ["x", "ax"], outputs: ["a"], attributes: keep }, { opType: "ReduceMin", inputs: ["x", "ax"], outputs: ["b"], attributes: keep }, { opType: "Neg", inputs: ["b"], outputs: ["c"] }, { opType: "Max", inputs: ["a", "c"], outputs: ["o"] } ], fl([S, 1]), W, [i64("ax", [-1])]);
  await time("Div,Quant", [ { opType: "Div", inputs: ["x", "d"], outputs: ["a"] }, { opType: "QuantizeLinear", inputs: ["a", "s", "z"], outputs: ["o"] } ], { name: "o", dtype: "uint8", shape: [S, W] }, W, [f32("d", [S, 1], new Float32Array(S).fill(0.5)), f32("s", [], Float32Array.of(1 / 127)), { name: "z", dtype: "uint8", shape: [], bytes: Uint8Array.of(128) }]);
  await time("QuantRows", [ { opType: "QuantizeLinear", inputs: ["x", "s", "z"], outputs: ["o"], attributes: { axis: { int: 0 } } } ], { name: "o", dtype: "uint8", shape: [S, W] }, W, [f32("s", [S], new Float32Array(S).fill(0.5 / 127)), { name: "z", dtype: "uint8", shape: [S], bytes: new Uint8Array(S).fill(128) }]);
  await time("Mul row", [ { opType: "Mul", inputs: ["x", "d"], outputs: ["o"] } ], fl([S, W]), W, [f32("d", [S, 1], new Float32Array(S).fill(0.5))]);
  await time("Sigmoid", [ { opType: "Sigmoid", inputs: ["x"], outputs: ["o"] } ], fl([S, W]), W);
  await time("Mul self", [ { opType: "Mul", inputs: ["x", "x"], outputs: ["o"] } ], fl([S, W]), W);
}
