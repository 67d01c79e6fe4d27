/** AdamW and global-norm clipping on the host, as PyTorch computes them: pure functions over named float32 arrays. */

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay, arXiv:1711.05101. */
  readonly weightDecay: number;
}

/** First and second moments of one tensor. */
export interface Moments {
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** The L2 norm over all gradients together, accumulated in float64. */
export function globalNorm(gradients: Iterable<Float32Array>): number {
  let total = 0;
  for (const gradient of gradients) {
    let part = 0;
    for (let i = 0; i < gradient.length; i++) part += gradient[i] * gradient[i];
    total += part;
  }
  return Math.sqrt(total);
}

/** The factor that clips to `maxNorm`: min(1, maxNorm / (norm + 1e-6)), torch.nn.utils.clip_grad_norm_. */
export function clipFactor(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}

/**
 * One AdamW update of `parameter` in place. `step` counts from 1; the gradient is multiplied by `gradientScale` (the clip factor) first.
 * p ← p (1 − lr·decay) − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 */
export function adamW(
  parameter: Float32Array,
  gradient: Float32Array,
  { m, v }: Moments,
  options: AdamWOptions & { step: number; learningRate: number; gradientScale: number },
): void {
  const { beta1, beta2, epsilon, weightDecay, step, learningRate, gradientScale } = options;
  const stepSize = learningRate / (1 - beta1 ** step);
  const secondCorrection = 1 / Math.sqrt(1 - beta2 ** step);
  const keep = 1 - learningRate * weightDecay;
  const [ofGradient, ofSquare] = [(1 - beta1) * gradientScale, (1 - beta2) * gradientScale ** 2];
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i];
    const mi = beta1 * m[i] + ofGradient * g;
    const vi = beta2 * v[i] + ofSquare * g * g;
    m[i] = mi;
    v[i] = vi;
    parameter[i] = parameter[i] * keep - (stepSize * mi) / (Math.sqrt(vi) * secondCorrection + epsilon);
  }
}
