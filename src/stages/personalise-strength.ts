/** How strongly the owner's words are laid over the model: as strongly as content bears. */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import type { Habits } from "../reply/index.ts";
import { type Asked, answerGroups, contentShare, repliesInHabits, type Subject } from "./personalise-answers.ts";

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

/** What a strength that was tried does to content. */
export type TriedStrength = { readonly strength: number; readonly content: number; readonly general: number };

/**
 * Tries strengths on `mails`, of which none is in the test, the strongest first, until as many replies are whole text that claims nothing beyond the mail as of the
 * model alone; where none gets there, the strongest of those that come nearest is taken: a weaker one that does no less harm gives style away. The
 * adapter file is left at the strength that is taken; `use` writes it.
 */
export async function chooseStrength(
  subject: Required<Subject>,
  options: { mails: readonly Asked[]; habits: Habits; use: (strength: number) => Promise<void> },
): Promise<{ strength: number; tried: readonly TriedStrength[] }> {
  const { adapter: _, ...alone } = subject;
  const { mails, habits, use } = options;
  const contentOf = async (of: Subject) => {
    const { calibration } = await answerGroups(of, { calibration: { mails } });
    return contentShare(
      of,
      mails,
      of.adapter === undefined ? calibration : await repliesInHabits(mails, calibration, habits),
    );
  };
  const general = await contentOf(alone);
  const tried: TriedStrength[] = [];
  for (const strength of STRENGTHS) {
    await use(strength);
    const content = await contentOf({ ...subject, name: `strength ${strength}` });
    tried.push({ strength, content, general });
    if (content >= general - MOST_LOST) return { strength, tried };
  }
  const strength = strongestOfBest(tried);
  await use(strength);
  return { strength, tried };
}

/** The strongest of those that do content least harm. */
export function strongestOfBest(tried: readonly Omit<TriedStrength, "general">[]): number {
  const best = Math.max(...tried.map(({ content }) => content));
  return Math.max(...tried.filter(({ content }) => content === best).map(({ strength }) => strength));
}
