/** What goes wrong with single lines of a batch, made on purpose for tests. */
import type { Random } from "../random.ts";

/** How often, as fractions of all requests of a batch; each suffers at most one. */
export interface BatchFaults {
  /** A 500 in the error file in the place of the answer. */
  readonly serverError?: number;
  /** A line in neither file. */
  readonly missing?: number;
  /** The same line twice. */
  readonly duplicate?: number;
  /** A line more, for a request that was never made. */
  readonly foreign?: number;
  /** Half a line. */
  readonly malformed?: number;
  readonly seed?: number;
}

/** A line of an output or error file. */
export interface BatchLine {
  readonly customId: string;
  /** For the output file, not the error file. */
  readonly isAnswer: boolean;
  readonly text: string;
}

/** The lines that go out instead of `line`. */
export function spoilLine(line: BatchLine, random: Random, faults: BatchFaults): BatchLine[] {
  let draw = random.next();
  const strikes = (rate = 0) => {
    draw -= rate;
    return draw < 0 && draw >= -rate;
  };
  if (strikes(faults.serverError)) return [failLine(line)];
  if (strikes(faults.missing)) return [];
  if (strikes(faults.duplicate)) return [line, line];
  if (strikes(faults.foreign)) return [line, { ...line, text: line.text.replaceAll(line.customId, "another-request") }];
  if (strikes(faults.malformed)) return [{ ...line, text: line.text.slice(0, line.text.length >> 1) }];
  return [line];
}

function failLine({ customId }: BatchLine): BatchLine {
  const error = { message: "The server had an error.", type: "server_error", param: null, code: null };
  const response = { status_code: 500, request_id: "builtin-error", body: { error } };
  return {
    customId,
    isAnswer: false,
    text: JSON.stringify({ id: `batch_req_${customId}`, custom_id: customId, response, error: null }),
  };
}
