/** What an ONNX model is, and whether what it names lies beside it. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type OnnxSummary, summarizeOnnx } from "../formats/index.ts";

export interface OnnxReport extends OnnxSummary {
  readonly kind: "onnx";
  readonly path: string;
  readonly problems: readonly string[];
}

/** Domains that ONNX Runtime has operators of. */
const KNOWN_DOMAINS = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc"];

/** Reads an ONNX model's graph. Throws FormatError for another kind of file. */
export async function inspectOnnx(path: string): Promise<OnnxReport> {
  const summary = await summarizeOnnx(path);
  const weights = Object.entries(summary.externalFiles).flatMap(([file, bytes]) => {
    const beside = join(dirname(path), file);
    if (!existsSync(beside)) return [`its weights lie in ${file}, which is not beside it`];
    const { size } = statSync(beside);
    return size < bytes ? [`${file} ends before its weights do: ${size} bytes of ${bytes}`] : [];
  });
  const foreign = Object.keys(summary.opsets).filter((domain) => !KNOWN_DOMAINS.includes(domain));
  const problems = [
    ...weights,
    ...foreign.map((domain) => `it uses operators of ${domain}, which ONNX Runtime has not by itself`),
    ...(summary.outputs.length === 0 ? ["it has no output"] : []),
  ];
  return { kind: "onnx", path, ...summary, problems };
}
