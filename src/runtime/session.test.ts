import { expect, test } from "vitest";
import { Graph, mul } from "../graph/index.ts";
import { withSession } from "./index.ts";

test("a number too small for float32's full precision counts as zero: processors are slow with them", async () => {
  const g = new Graph();
  const x = g.input("x", "float32", [2]);
  g.output("y", mul(g, x, g.scalar(2)));
  const data = Float32Array.of(1e-40, 1e-37); // the smallest normal number is 1.18e-38
  const { y } = await withSession(g.toOnnx("double"), { threads: 1 }, (session) =>
    session.run({ x: { data, shape: [2] } }),
  );
  expect([...y.data]).toEqual([0, Math.fround(2 * Math.fround(1e-37))]);
});
