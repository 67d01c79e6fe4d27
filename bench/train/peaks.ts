/** Matrix products a second that ONNX Runtime reaches on this machine in float32 and int8: the ceiling of a trainer over it. */
import { Graph, type Value } from "../../src/graph/index.ts";
import { type HostTensor, withSession } from "../../src/runtime/index.ts";

/** Products in one run, so that what surrounds them does not count. */
const products = 2;

/** GFLOP for each second of the wall clock and of one core.  [S, I] · [I, O] */
export async function peakGflops(options: {
  dtype: "float32" | "int8";
  shape: readonly [rows: number, inputs: number, outputs: number];
  threads: number;
}): Promise<{ wall: number; core: number }> {
  const { dtype, shape, threads } = options;
  const [rows, inputs, outputs] = shape;
  const g = new Graph();
  const x = g.input("x", "float32", [rows, inputs]);
  for (let i = 0; i < products; i++) {
    const y = dtype === "int8" ? int8Product(g, x, [inputs, outputs], i) : product(g, x, [inputs, outputs], i);
    const [largest] = g.emit({
      ...{ opType: "ReduceMax", inputs: [y, g.integers([-1])] },
      attributes: { keepdims: { int: 0 } },
    });
    g.output(`y${i}`, largest);
  }
  const feeds: Record<string, HostTensor> = {
    x: { data: Float32Array.from({ length: rows * inputs }, (_, i) => Math.sin(i)), shape: [rows, inputs] },
  };
  const gflop = (2 * products * rows * inputs * outputs) / 1e9;
  const [wall, core]: [number[], number[]] = [[], []];
  await withSession(g.toOnnx("peak"), { threads }, async (session) => {
    for (let run = 0; run < 8; run++) {
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      await session.run(feeds);
      const { user, system } = process.cpuUsage(cpu);
      wall.push((gflop / (performance.now() - start)) * 1000);
      core.push((gflop / (user + system)) * 1e6);
    }
  });
  return { wall: Math.max(...wall), core: Math.max(...core) };
}

function product(g: Graph, x: Value, [inputs, outputs]: readonly number[], i: number): Value {
  const weight = g.constant(`w${i}`, new Float32Array(inputs * outputs).fill(0.37), [inputs, outputs]);
  return g.emit({ opType: "Gemm", inputs: [x, weight] })[0];
}

function int8Product(g: Graph, x: Value, [inputs, outputs]: readonly number[], i: number): Value {
  const weight = g.constant(`q${i}`, new Int8Array(inputs * outputs).fill(37), [inputs, outputs]);
  const scale = g.constant("scale", new Float32Array(outputs).fill(0.01), [outputs]);
  return g.emit({ opType: "DynamicQuantizeMatMul", domain: "com.microsoft", inputs: [x, weight, scale] })[0];
}
