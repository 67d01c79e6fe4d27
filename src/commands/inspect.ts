/** `pocketreply inspect`: what a model file holds, told by its content and not by its name. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import {
  type GgufReport,
  inspectGguf,
  inspectOnnx,
  inspectPte,
  inspectSafetensors,
  type OnnxReport,
  type PteReport,
  type SafetensorsReport,
  type TensorSum,
} from "../export/index.ts";
import { openForReading, readInto } from "../formats/index.ts";
import { formatBytes } from "../progress.ts";
import { loadTokenizer } from "../tokens/index.ts";
import type { InspectOptions } from "./options.ts";
import type { Session } from "./session.ts";

/** A kind of file: how its first bytes look, and who reports on it. */
interface FileKind {
  readonly name: string;
  matches(head: Buffer): boolean;
  inspect(path: string, session: Session): Promise<{ readonly problems: readonly string[] }>;
}

const kinds: readonly FileKind[] = [
  { name: "a .pte of ExecuTorch", matches: (head) => head.toString("latin1", 4, 6) === "ET", inspect: showPte },
  { name: "a GGUF", matches: (head) => head.toString("latin1", 0, 4) === "GGUF", inspect: showGguf },
  {
    name: "safetensors",
    matches: (head) => head.length > 8 && head.readUInt32LE(4) === 0 && head[8] === 0x7b, // a length, then "{"
    inspect: showSafetensors,
  },
  { name: "an ONNX model", matches: (head) => head[0] === 0x08 && head[1] < 0x20, inspect: showOnnx }, // ir_version comes first
];

const HEAD_BYTES = 64;

/** The verb. Throws UserError where the file is of no known kind or has problems. */
export async function inspect({ file }: InspectOptions, session: Session): Promise<void> {
  const head = await readHead(file);
  const kind = kinds.find((each) => each.matches(head));
  if (kind === undefined) {
    throw new UserError(
      `${file} is none of the kinds that are read here: ${kinds.map(({ name }) => name).join(", ")}.`,
    );
  }
  const { problems } = await kind.inspect(file, session);
  if (problems.length > 0)
    throw new UserError(`${file} has ${problems.length} problems:\n${problems.map((line) => `  ${line}`).join("\n")}`);
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await openForReading(path);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, await readInto(handle, head, 0));
  } finally {
    await handle.close();
  }
}

async function showPte(path: string, session: Session): Promise<PteReport> {
  const report = await inspectPte(path, await endTokenBeside(path, session));
  const rows: [string, string][] = [
    ["program", `${formatBytes(report.programBytes)} of ${formatBytes(report.fileBytes)}, ${report.segments} segments`],
    ["made with", report.madeWith ?? "the file does not say"],
    ["context", report.contextLength === null ? "not given: runners take 128" : `${report.contextLength} tokens`],
    [
      "tokens",
      `${report.vocabularySize ?? "?"} in the vocabulary, begins with ${report.bosId ?? "?"}, ends at ${report.eosIds.join(", ") || "?"}`,
    ],
    ...report.weights.map(({ packing, matrices, weights, bytes }): [string, string] => [
      packing,
      `${matrices} matrices, ${(weights / 1e6).toFixed(1)} million weights, ${formatBytes(bytes)}`,
    ]),
    ["memory", `${formatBytes(report.plannedBytes)} for activations and cache`],
    ["delegates", counted(report.delegateCalls)],
    ["outside", counted(report.operators)],
  ];
  return show(report, rows, session);
}

/** Facts as a person reads them, or the report as it is. */
function show<T extends { readonly path: string }>(report: T, rows: readonly [string, string][], session: Session): T {
  session.print([report.path, ...rows.map(([name, value]) => `  ${name.padEnd(13)} ${value}`)].join("\n"));
  session.printJson(report);
  return report;
}

async function showGguf(path: string, session: Session): Promise<GgufReport> {
  const report = await inspectGguf(path);
  const unknown = "the file does not say";
  const what = report.isAdapter ? `an adapter of alpha ${report.adapterAlpha ?? "?"} for` : "a model,";
  return show(
    report,
    [
      ["holds", `${what} ${report.architecture ?? unknown}${report.name === null ? "" : `: ${report.name}`}`],
      ["size", sizeLine(report)],
      ...report.tensors.map(sumLine),
      ...(report.isAdapter
        ? []
        : ([
            ["context", report.contextLength === null ? unknown : `${report.contextLength} tokens`],
            [
              "tokens",
              `${report.vocabularySize ?? "?"} in the vocabulary, pre-tokenizer ${report.preTokenizer ?? unknown}, ends at ${report.ends.join(", ") || "nothing named"}`,
            ],
            ["template", report.hasTemplate ? "yes" : "none"],
          ] as [string, string][])),
      ["prompt", report.systemPrompt ?? "not pocketreply's"],
      ["licence", report.license ?? unknown],
    ],
    session,
  );
}

async function showSafetensors(path: string, session: Session): Promise<SafetensorsReport> {
  const report = await inspectSafetensors(path);
  const ranks = report.loraRanks.join(", ");
  return show(
    report,
    [
      ["holds", report.loraRanks.length > 0 ? `LoRA pairs of rank ${ranks}` : "weights of a model"],
      ["size", sizeLine(report)],
      ...report.tensors.map(sumLine),
      ...Object.entries(report.metadata),
    ],
    session,
  );
}

async function showOnnx(path: string, session: Session): Promise<OnnxReport> {
  const report = await inspectOnnx(path);
  const others = Object.keys(report.externalFiles);
  const opsets = Object.entries(report.opsets).map(([domain, version]) => `${domain || "ai.onnx"} ${version}`);
  return show(
    report,
    [
      ["made by", report.producer || "the file does not say"],
      ["versions", `IR ${report.irVersion}, operators ${opsets.join(", ")}`],
      ["inputs", report.inputs.join(", ")],
      ["outputs", report.outputs.join(", ")],
      ["operators", counted(report.operators)],
      [
        "weights",
        `${report.initializers} initializers, ${formatBytes(report.innerBytes)} inside${others.length > 0 ? `, others in ${others.join(", ")}` : ""}`,
      ],
    ],
    session,
  );
}

function sizeLine({ fileBytes, parameters }: { fileBytes: number; parameters: number }): string {
  return `${formatBytes(fileBytes)}, ${(parameters / 1e6).toFixed(1)} million values`;
}

function sumLine({ type, tensors, values, bytes }: TensorSum): [string, string] {
  return [type, `${tensors} tensors, ${(values / 1e6).toFixed(1)} million values, ${formatBytes(bytes)}`];
}

/** The token that ends a turn by the tokenizer.json beside the file; undefined where there is none that can be read. */
async function endTokenBeside(path: string, session: Session): Promise<number[] | undefined> {
  if (!existsSync(join(dirname(path), "tokenizer.json"))) return undefined;
  try {
    const { endIds } = await loadTokenizer(dirname(path));
    return endIds.slice(0, 1);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    session.progress.line(`The end tokens are not checked: ${error.message}`);
    return undefined;
  }
}

function counted(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${name} × ${count}`)
      .join(", ") || "none"
  );
}
