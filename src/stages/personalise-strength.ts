/** How strongly the owner's words are laid over the model: as strongly as content bears. */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import type { Habits } from "../reply/index.ts";
import { type Asked, answerGroups, isGood, repliesInHabits, type Subject } from "./personalise-answers.ts";

/** ours: a LoRA's scale at use is a knob of its own (arXiv:2106.09685 §4.1 on α). Whether a weak one has style left, the verdict asks. */
const STRENGTHS = [1, 0.5, 0.25];
/** ours: replies that claim something beyond their mail may be so many more, as a share. */
export const MOST_LOST = 0.02;

/** Writes the adapter of a checkpoint at a strength to `folder`, and gives it. */
export async function writeAtStrength(checkpoint: string, folder: string, strength: number): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const [config, weights] = ["adapter_config.json", "adapter_model.safetensors"];
  const settings = (await readJsonFile(join(checkpoint, config))) as { lora_alpha: number }; // written by train
  await writeJsonFile(join(folder, config), { ...settings, lora_alpha: settings.lora_alpha * strength });
  await copyFile(join(checkpoint, weights), join(folder, weights));
}

/** ours: mails that are answered before it is looked whether a strength can still do. */
const MAILS_AT_ONCE = 16;

/** What a strength that was tried does to content, as shares of `mails`: fewer than all where it could no longer do. */
export interface TriedStrength {
  readonly strength: number;
  readonly content: number;
  readonly general: number;
  readonly mails: number;
}

/** Which of `mails` get a good reply, by a place among them. */
export type CountGood = (strength: number | null, from: number, to: number) => Promise<number>;

/**
 * Tries strengths on `mails`, of which none is in the test; the adapter file is left at the strength that is taken. `use` writes it.
 */
export async function chooseStrength(
  subject: Subject & { readonly adapter: string },
  options: { mails: readonly Asked[]; habits: Habits; use: (strength: number) => Promise<void> },
): Promise<{ strength: number; tried: readonly TriedStrength[] }> {
  const { adapter: _, ...alone } = subject;
  const { mails, habits, use } = options;
  let used: number | null = null;
  const useOnce = async (strength: number) => {
    if (strength !== used) await use(strength);
    used = strength;
  };
  const countGood: CountGood = async (strength, from, to) => {
    const some = mails.slice(from, to);
    if (strength !== null) await useOnce(strength);
    const of = strength === null ? alone : { ...subject, habits, name: `strength ${strength}` };
    const { calibration } = await answerGroups(of, { calibration: { mails: some } });
    const replies = strength === null ? calibration : await repliesInHabits(some, calibration, habits);
    return replies.filter((reply, index) => isGood(of, some[index], reply)).length;
  };
  const chosen = await findStrength(mails.length, countGood);
  await useOnce(chosen.strength);
  return chosen;
}

/**
 * The strongest strength at which as many of `count` replies are whole text that claims nothing beyond the mail as of the model alone; it is given up as soon as it
 * cannot get there. Where none gets there, the strongest of those that come nearest is taken: a weaker one that does no less harm gives style away.
 */
export async function findStrength(
  count: number,
  countGood: CountGood,
): Promise<{ strength: number; tried: readonly TriedStrength[] }> {
  const general = (await countGood(null, 0, count)) / count;
  const isEnough = (good: number) => good / count >= general - MOST_LOST;
  const tried: { strength: number; good: number; mails: number }[] = [];
  const answer = async (of: (typeof tried)[number]) => {
    const to = Math.min(count, of.mails + MAILS_AT_ONCE);
    of.good += await countGood(of.strength, of.mails, to);
    of.mails = to;
  };
  const told = () =>
    tried.map(({ strength, good, mails }) => ({ strength, content: good / Math.max(1, mails), general, mails }));
  for (const strength of STRENGTHS) {
    const of = { strength, good: 0, mails: 0 };
    tried.push(of);
    while (of.mails < count && isEnough(of.good + count - of.mails)) await answer(of);
    if (of.mails === count && isEnough(of.good)) return { strength, tried: told() };
  }
  for (const of of tried) while (of.mails < count) await answer(of);
  return { strength: strongestOfBest(told()), tried: told() };
}

/** The strongest of those that do content least harm. */
export function strongestOfBest(tried: readonly Pick<TriedStrength, "strength" | "content">[]): number {
  const best = Math.max(...tried.map(({ content }) => content));
  return Math.max(...tried.filter(({ content }) => content === best).map(({ strength }) => strength));
}
