/** What a model finds likely along the references (A17), for the stages that measure one: read with progress, and kept. */
import { collectLikelihoods, type LikelihoodRow } from "../evaluate/index.ts";
import { mostContextTokens } from "./model.ts";
import type { Session } from "./session.ts";

/** Why there are no such figures of an endpoint. */
export const NO_LIKELIHOOD = "an endpoint tells nothing of a text that it did not write; a GGUF file does";

/** Reads what `path` lacks. The file is removed where it is of another model. */
export function readLikelihoods(
  session: Session,
  options: { name: string } & Pick<
    Parameters<typeof collectLikelihoods>[0],
    "path" | "model" | "gguf" | "adapter" | "references"
  >,
): Promise<LikelihoodRow[]> {
  const { name, ...rest } = options;
  const { progress, signal } = session;
  progress.start(name);
  const total = rest.references.length;
  return collectLikelihoods({
    ...rest,
    mostContextTokens: mostContextTokens(),
    signal,
    onProgress: (done) => progress.update({ done, total, unit: "references" }),
  });
}
