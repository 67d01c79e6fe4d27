/** What a model finds likely along the references (A17), as a table for a person. */
import type { LikelihoodFigures } from "../evaluate/index.ts";
import { table } from "./layout.ts";

/** The figures as a table, a row a model. */
export function likelihoodLines(models: readonly (readonly [name: string, figures: LikelihoodFigures])[]): string[] {
  const cells = models.map(([name, { loss, bitsPerByte, top1, exactMatch }]) => [
    name,
    loss.toFixed(4),
    bitsPerByte.toFixed(4),
    share(top1),
    ...SHOWN_LENGTHS.map((n) => share(exactMatch.byLength[n - 1])),
    share(exactMatch.mean),
  ]);
  const lengths = SHOWN_LENGTHS.map((n) => `EM@${n}`);
  const left = models.flatMap(([name, figures]) => leftOut(name, figures));
  return [
    table(["the references, to", "loss", "bits/byte", "top-1", ...lengths, "EM"], cells),
    "",
    "loss: nats a token; top-1: tokens that are the likeliest in their place; EM@N: the next N words written",
    "exactly, given all before them; EM: all N up to 15, weighted by how many texts are that long",
    ...left,
  ];
}

const SHOWN_LENGTHS = [1, 3, 5];

function leftOut(name: string, { references, unread, belowFloat }: LikelihoodFigures): string[] {
  return [
    ...(unread > 0
      ? [`! ${name}: ${unread} of ${references + unread} references do not fit the context; left out.`]
      : []),
    ...(belowFloat > 0 ? [`! ${name}: ${belowFloat} tokens are less likely than e^-103; each counts as that.`] : []),
  ];
}

const share = (value: number | null) => (value === null ? "n/a" : `${(100 * value).toFixed(1)}%`);
