/** Rotary position tables with the "llama3" stretching of low frequencies. */
import type { LlamaConfig } from "./config.ts";

/** The Hd/2 angular frequencies (radians per position). transformers 5.18 modeling_rope_utils `_compute_llama3_parameters`. */
export function ropeFrequencies({ headSize, ropeTheta, ropeScaling }: LlamaConfig): Float64Array {
  return Float64Array.from({ length: headSize / 2 }, (_, i) => {
    const plain = ropeTheta ** ((-2 * i) / headSize);
    return ropeScaling ? plain / stretch(plain, ropeScaling) : plain;
  });
}

/** By how much a frequency is slowed down: 1 for short waves, `factor` for long ones, a smooth ramp between. */
function stretch(frequency: number, scaling: NonNullable<LlamaConfig["ropeScaling"]>): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalMaxPositions / highFreqFactor) return 1;
  if (wavelength > originalMaxPositions / lowFreqFactor) return factor;
  const smooth = (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return 1 / ((1 - smooth) / factor + smooth);
}

/** cos and sin of position · frequency for positions 0 … positions − 1.  [positions, Hd / 2] each */
export function ropeTables(config: LlamaConfig, positions: number): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(config);
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      cos[position * half + i] = Math.cos(position * frequencies[i]);
      sin[position * half + i] = Math.sin(position * frequencies[i]);
    }
  }
  return { cos, sin };
}
