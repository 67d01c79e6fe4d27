/** Whether a person's style is used: what it must bring, and what it may cost. Pure. */
import type { StyleFigures } from "./personalise-measure.ts";
import { MOST_LOST } from "./personalise-strength.ts";

/** Replies must be taken for the owner's so often as a share of how often the owner's own are. */
const LEAST_OF_OWN = 0.6;

/** Of the replies with an adapter so many must be whole text, also where the model alone breaks down on this mail: beside such a one, noise passes. */
const LEAST_SOUND = 0.9;

/** What is laid over the model, and why the adapter, or all of it, is not. */
export interface StyleVerdict {
  readonly used: "adapter and habits" | "habits" | null;
  /** Null where the adapter is used. */
  readonly refused: string | null;
}

/** The adapter with the habits where that passes; the habits alone, which touch no claim, where they do; else nothing. */
export function judgeStyle(figures: StyleFigures): StyleVerdict {
  const { perplexity, grounded, sound, obeyed } = figures;
  const worse = (name: string, { general, mine }: { general: number; mine: number }) =>
    mine < general - MOST_LOST
      ? [`${name} fell from ${percent(general)} to ${percent(mine)}, by more than ${percent(MOST_LOST)}`]
      : [];
  const faults = [
    ...(perplexity.mine < perplexity.general ? [] : ["your own replies are no likelier with it than without"]),
    ...soundsNoMore(figures, "mine"),
    ...addsNothing(figures),
    ...worse("the share of replies that claim nothing beyond the mail", grounded),
    ...worse("the share of replies without a loop or a broken word", sound),
    ...breaksDown(sound),
    ...worse("the share of wishes that are followed", obeyed),
  ];
  if (faults.length === 0) return { used: "adapter and habits", refused: null };
  const ofHabits = [
    ...soundsNoMore(figures, "habits"),
    ...worse("the share of replies that claim nothing beyond the mail", { ...grounded, mine: grounded.habits }),
    ...worse("the share of replies without a loop or a broken word", { ...sound, mine: sound.habits }),
  ];
  const refused = `${faults.join("; ")}.`;
  return ofHabits.length === 0
    ? { used: "habits", refused }
    : { used: null, refused: `${refused} Nor your habits of greeting and ending alone: ${ofHabits.join("; ")}.` };
}

/** Whether replies are taken for the owner's more often than those of the other ways, and often enough; where as often, by the mean score. */
function soundsNoMore({ accepted, score }: StyleFigures, way: "mine" | "habits"): string[] {
  const others = [
    ["general", "without it"],
    ["fewShot", "with five of your replies in the prompt"],
  ] as const;
  const faults = others.flatMap(([other, said]) =>
    (accepted[way] - accepted[other] || score[way] - score[other]) > 0
      ? []
      : [
          `they sound no more like you: the verifier takes ${percent(accepted[way])} for yours, and ${percent(accepted[other])} ${said}`,
        ],
  );
  if (faults.length > 0 || accepted[way] >= LEAST_OF_OWN * accepted.own) return faults;
  return [
    `they sound too little like you: the verifier takes ${percent(accepted[way])} for yours, and ${percent(accepted.own)} of what you wrote yourself (${LEAST_OF_OWN} of that is asked)`,
  ];
}

/** Whether the adapter brings no more than the habits, which greet and end alike with it and without: what differs are the words between. */
function addsNothing({ acceptedBare: { mine, habits } }: StyleFigures): string[] {
  if (mine > habits) return [];
  return [
    `their words sound no more like you than with your habits of greeting and ending alone: without greeting and closing the verifier takes ${percent(mine)} for yours, and ${percent(habits)} of those`,
  ];
}

function breaksDown({ mine, general }: StyleFigures["sound"]): string[] {
  if (mine >= LEAST_SOUND) return [];
  return [
    `only ${percent(mine)} of replies are without a loop or a broken word (${percent(LEAST_SOUND)} is asked, and ${percent(general)} are without it): a model that knows mail of this kind better is needed`,
  ];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
