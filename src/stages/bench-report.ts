/** bench.json: the figures of the reply bench, and what they were made of. */
import type { AssistantFigures, BenchSummary } from "../checks/index.ts";
import type { LikelihoodFigures } from "../evaluate/index.ts";

/** bench.json: the figures, and what they were made of. */
export interface BenchReport extends BenchSummary {
  /** The file's name and SHA-256, or the endpoint's model and address. */
  readonly model: string;
  readonly modelBytes: number | null;
  /** The most memory this process took; null where nothing was generated in it. */
  readonly peakRssBytes: number | null;
  /** A17 on the references of every mail; null for an endpoint, or where none fits the context. */
  readonly likelihood: LikelihoodFigures | null;
  /** Why there is none. */
  readonly noLikelihood: string | null;
  /** The assistant over the model; null where it was not asked. */
  readonly assistant: AssistantFigures | null;
  readonly seed: number;
  readonly temperature: number;
  readonly maxReplyTokens: number;
  readonly slice: readonly string[];
  /** Whether an endpoint saw placeholders for private details; never for the set that ships, which is public. */
  readonly redacted: boolean;
  /** Whether replies were compared with the run's training replies, for A4. */
  readonly trainingSeen: boolean;
}
