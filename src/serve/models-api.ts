/** The models that a server offers to the app, as JSON; the app's page reads the same types. */

/** One GGUF file, as `GET models` lists it. */
export interface OfferedModel {
  /** The file's name; its bytes are at `models/FILE`, in ranges, with the SHA-256 as ETag. */
  readonly file: string;
  /** `general.name` of the file, or its file name. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  /** Numbers in its matrices. */
  readonly parameters: number;
  /** How most of its numbers are stored, such as "Q8_0". */
  readonly weights: string;
  /** The longest context that it was trained for. */
  readonly contextTokens: number;
  /** `general.license` of the file; null where it names none. */
  readonly license: string | null;
  /** mine: it writes in its owner's own words (`pocketreply.style`). */
  readonly style: "mine" | null;
  /** How sure a completion has to be, by `reply.completionRate`; null where that was not measured with it. */
  readonly completeFrom: number | null;
}

/** The answer of `GET models`; the first is the one to take. */
export interface ModelList {
  readonly models: readonly OfferedModel[];
}
