/** What a .pte of a Llama must have so that ExecuTorch's text runner (extension/llm/runner) runs it, and runs it fast. */
import type { PteMethod, PteProgram } from "../formats/index.ts";

/** The context length that the exporter takes where none is given: a mail and its prompt do not fit. */
const DEFAULT_CONTEXT = 128;
const SEGMENT_ALIGNMENT = 128;
const REQUIRED_METHODS = [
  "forward",
  "get_bos_id",
  "get_eos_ids",
  "get_max_seq_len",
  "get_max_context_len",
  "get_vocab_size",
  "use_kv_cache",
  "use_sdpa_with_kv_cache",
];
const MATRIX_PRODUCTS = /^aten::(mm|bmm|addmm|linear|matmul)\./;

/** Everything that is wrong, a line each; [] for a program that should run. `eosIds`, when known, are those it must stop at. */
export function lintPte(program: PteProgram, fileBytes: number, eosIds?: readonly number[]): string[] {
  const { methods, segments } = program;
  const problems: string[] = [];
  const meantBytes = program.segmentsAt + program.segmentsBytes;
  if (meantBytes !== fileBytes) problems.push(`the header says ${meantBytes} bytes, the file has ${fileBytes}`);
  const misaligned = segments.filter(({ offset }) => offset % SEGMENT_ALIGNMENT !== 0).length;
  if (misaligned > 0) problems.push(`${misaligned} segments do not start at a multiple of ${SEGMENT_ALIGNMENT} bytes`);
  const missing = REQUIRED_METHODS.filter((name) => !methods.has(name));
  if (missing.length > 0) problems.push(`methods that the text runner asks for are missing: ${missing.join(", ")}`);
  const context = constantOf(methods.get("get_max_context_len"));
  if (typeof context === "number" && context <= DEFAULT_CONTEXT) {
    problems.push(
      `the context is ${context} tokens, what the exporter takes unasked: export.max_context_length was not set`,
    );
  }
  const ends = (methods.get("get_eos_ids")?.returns ?? []).map(({ value }) => value);
  const unknownEnds = (eosIds ?? []).filter((id) => !ends.includes(id));
  if (unknownEnds.length > 0)
    problems.push(`it does not stop at token ${unknownEnds.join(", ")}, only at ${ends.join(", ")}`);
  const forward = methods.get("forward");
  return forward === undefined ? problems : [...problems, ...lintForward(forward)];
}

/** What a constant method returns; undefined for none. */
export function constantOf(method: PteMethod | undefined): number | boolean | string | undefined {
  return method?.returns[0]?.value;
}

function lintForward({ delegates, operators }: PteMethod): string[] {
  const problems: string[] = [];
  const others = new Set(delegates.filter(({ backend }) => backend !== "XnnpackBackend").map(({ backend }) => backend));
  if (others.size > 0) problems.push(`parts run on ${[...others].join(", ")}: the app must have that backend`);
  if (delegates.length === 0) problems.push("nothing is delegated: every operator runs on the slow portable kernels");
  if (!operators.has("llama::custom_sdpa.out") || !operators.has("llama::update_cache.out")) {
    problems.push(
      "attention is not llama::custom_sdpa with update_cache: slow, and the cache is copied for each token",
    );
  }
  const products = [...operators.keys()].filter((name) => MATRIX_PRODUCTS.test(name));
  if (products.length > 0) problems.push(`matrix products outside delegates: ${products.join(", ")}`);
  return problems;
}
