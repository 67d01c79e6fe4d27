/**
 * RoPE tables as ExecuTorch's Llama computes them (examples/models/llama/rope.py): every step rounded to float32. PyTorch divides a number by
 * a tensor as reciprocal · number. Its cosine and sine (SLEEF) are within one unit of the last place; these are rounded correctly, so about
 * one value in twenty differs from an export in its last bit.
 */
import type { LlamaConfig } from "../model/index.ts";

const f = Math.fround;

/**
 * cos and sin of position · frequency for positions 0 … positions − 1.  [positions, columns] each; columns is Hd / 2, or Hd where a program turns
 * halves of a head, as Hugging Face does: then each frequency stands twice, Hd / 2 apart.
 */
export function ropeTablesFloat32(
  config: LlamaConfig,
  { positions, columns }: { positions: number; columns: number },
): { cos: Float32Array; sin: Float32Array } {
  const { headSize, ropeTheta } = config;
  const frequencies = Array.from({ length: headSize / 2 }, (_, i) =>
    scaled(f(1 / f(ropeTheta ** f((2 * i) / headSize))), config.ropeScaling),
  );
  const half = frequencies.length;
  const cos = new Float32Array(positions * columns);
  const sin = new Float32Array(positions * columns);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < columns; i++) {
      const angle = f(position * frequencies[i % half]);
      cos[position * columns + i] = Math.cos(angle);
      sin[position * columns + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

/** Llama-3's stretching of long waves, `apply_scaling`. */
function scaled(frequency: number, scaling: LlamaConfig["ropeScaling"]): number {
  if (scaling === null) return frequency;
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
  const wavelength = f(f(1 / frequency) * f(2 * Math.PI));
  if (wavelength < originalMaxPositions / highFreqFactor) return frequency;
  if (wavelength > originalMaxPositions / lowFreqFactor) return f(frequency / factor);
  const waves = f(f(1 / wavelength) * originalMaxPositions);
  const smooth = f(f(waves - lowFreqFactor) / (highFreqFactor - lowFreqFactor));
  return f(f(f(f(1 - smooth) * frequency) / factor) + f(smooth * frequency));
}
