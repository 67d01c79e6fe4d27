/** What export.json says of the exported files: one row a format, and how greedy replies agree. */
import type { ExportFormat } from "../export/index.ts";

/** Formats that hold the weights to 11 bits or more: what they write is what the trainer would. */
export const exactFormats: readonly ExportFormat[] = ["gguf-f16", "gguf-f32", "onnx-fp16"];

/** A row of the table: one format. Null where nothing here runs it. */
export interface FormatCheck {
  readonly format: ExportFormat;
  readonly sizeBytes: number;
  readonly bitsPerWeight: number;
  /** Mean over places of KL(float32 ‖ format), nats. */
  readonly meanKl: number | null;
  /** Share of places whose likeliest token is that of float32. */
  readonly top1: number | null;
  /** Greedy decoding here, one sequence. */
  readonly tokensPerSecond: number | null;
  /** Mails whose prompt has the ids of training. */
  readonly samePrompts: number | null;
  readonly ranBy: string | null;
  /** Replies to mails of the bench that pass every check that applies. */
  readonly bench: { readonly passed: number; readonly of: number } | null;
  /** Its greedy reply to the first of the held-out mails, so that formats can be read side by side. */
  readonly reply: string | null;
}

/** What the check found. */
export interface ParityReport {
  readonly mails: number;
  readonly places: number;
  /** Greedy replies of `of`: how many of their tokens are also the likeliest of the trainer (base and adapter) and of the merged weights in float32. */
  readonly greedy: {
    readonly of: ExportFormat;
    readonly tokens: number;
    readonly trainer: number;
    readonly merged: number;
    /** The tokens that are not, those to the trainer first; only the first few. */
    readonly differing: readonly DifferingToken[];
  } | null;
  readonly formats: readonly FormatCheck[];
}

/** A token of a greedy reply that is not the likeliest in float32. */
export interface DifferingToken {
  /** Id of the mail, and which token of its reply, from 1 on. */
  readonly mail: string;
  readonly token: number;
  readonly written: string;
  readonly likeliest: string;
  readonly to: "trainer" | "merged";
}
