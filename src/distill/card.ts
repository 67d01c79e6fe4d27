/**
 * The card of a dataset: who wrote and judged it, of which mails, with which prompts and thresholds, what it cost, under which
 * licences, and the hashes of its files. Written with every dataset, as JSON for programs and Markdown for people (in
 * the form of a Hugging Face dataset card). No word of a mail is in it, no address, no key.
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { endpointsOf, isOnThisMachine } from "../endpoint/index.ts";
import { hashFile, readJsonFile, writeFileAtomic, writeJsonFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import type { ImportReport } from "../sources/index.ts";
import { renderCard } from "./card-text.ts";
import type { CardFile, DatasetCard, LicenceLink } from "./dataset-card.ts";
import type { DistillReport } from "./distill-report.ts";

/** Writes both forms of the card of a finished dataset. */
export async function writeDatasetCard(options: {
  paths: { readonly markdown: string; readonly data: string };
  /** The dataset's files, with their rows where they are known. */
  files: readonly { readonly path: string; readonly rows: number | null }[];
  /** Where import.json may be. */
  importReport: string | undefined;
  /** Names the dataset where the recipe does not. */
  fallbackName: string;
  recipe: Recipe;
  report: DistillReport;
}): Promise<DatasetCard> {
  const { paths, files, importReport, fallbackName, recipe, report } = options;
  const imported =
    importReport && existsSync(importReport) ? ((await readJsonFile(importReport)) as ImportReport) : null; // written by import
  const { accepted, rejected, undecided, preferences, acceptedByAttempt, rejectedByReason } = report;
  const { reviewed, meanScores } = report;
  const { calls, outcomes, retries, promptTokens, completionTokens, wallMs, sessions } = report;
  const { costUsd, lostUsd, callsWithoutCost, prices } = report;
  const versions = Object.entries(report.settings).filter(([key]) => /^prompts\./.test(key));
  const card: DatasetCard = {
    name: recipe.dataset.name ?? fallbackName,
    teacher: report.teacher,
    judge: report.judge,
    licences: listLicences(recipe, imported),
    mails: imported && describeImport(imported),
    sample: report.emails,
    seed: recipe.seed,
    redacted: report.prompts.redacted,
    prompts: {
      set: report.prompts.set,
      versions: Object.fromEntries(versions.map(([key, value]) => [key.replace("prompts.", ""), String(value)])),
    },
    rules: report.rules,
    counts: { accepted, rejected, undecided, preferences, acceptedByAttempt, rejectedByReason, reviewed, meanScores },
    stopped: report.stopped,
    work: { calls, outcomes, retries, promptTokens, completionTokens, wallMs, sessions },
    cost: { costUsd, lostUsd, callsWithoutCost, prices },
    files: await Promise.all(files.map(describeFile)),
  };
  await writeJsonFile(paths.data, card);
  await writeFileAtomic(paths.markdown, renderCard(card));
  return card;
}

/** A file as the card names it. */
async function describeFile({ path, rows }: { path: string; rows: number | null }): Promise<CardFile> {
  const sha256 = await hashFile(path);
  const { size: sizeBytes } = await stat(path);
  return { name: basename(path), sizeBytes, sha256, rows };
}

function describeImport({ source, kind, origin, read, kept, skipped }: ImportReport): DatasetCard["mails"] {
  const isDataset = origin?.kind === "hub";
  const name = basename(source);
  return {
    // A mailbox is named by its kind alone: its path or address may name a person.
    source: isDataset ? `${origin.dataset}@${origin.commit}` : name.includes("@") ? "a mailbox" : name,
    kind,
    read,
    kept,
    filters: Object.entries(skipped ?? {}).map(([reason, { meaning, count }]) => ({ reason, meaning, count })),
  };
}

function listLicences({ dataset, teacher, judge }: Recipe, imported: ImportReport | null): LicenceLink[] {
  const links: LicenceLink[] = [{ of: "the mails", licence: dataset.mailLicence ?? licenceOfMails(imported) }];
  if (imported?.origin?.kind === "hub" && /FinePersonas/i.test(imported.origin.dataset))
    links.push({
      of: "what the mails were made from (argilla/FinePersonas-Synthetic-Email-Conversations)",
      licence: "Llama 3.1 licence, as its card says: a model trained on it begins its name with Llama",
    });
  const endpoints = endpointsOf({ teacher, judge });
  links.push({
    of: `the replies (${endpoints.teacher.model})`,
    licence: dataset.teacherTerms ?? termsOf(endpoints.teacher),
  });
  if (!endpoints.isSame)
    links.push({ of: `scores and feedback (${endpoints.judge.model})`, licence: termsOf(endpoints.judge) });
  return links;
}

function licenceOfMails(imported: ImportReport | null): string {
  const origin = imported?.origin;
  if (origin?.kind === "hub") {
    const { license, licenseName, licenseLink } = origin;
    return [license, licenseName, licenseLink].filter(Boolean).join(", ") || "its card names none";
  }
  return "not stated (dataset.mailLicence). Mail belongs to those who wrote it: without their consent it is for your own use alone";
}

/** What is known of a provider's terms for training on its output; the date of an agreement counts, so each is to be checked. */
function termsOf({ baseUrl, model }: { baseUrl: string; model: string }): string {
  if (baseUrl === "builtin") return "MIT: rules of this program";
  if (URL.canParse(baseUrl) && new URL(baseUrl).hostname.endsWith("openai.com"))
    return "OpenAI's terms: output may not be used to develop models that compete with OpenAI; check the version you agreed to";
  if (/llama/i.test(model))
    return "the Llama licence: a model trained on its output begins its name with Llama; check the version";
  if (/qwen/i.test(model)) return 'the Qwen licence of this size: some ask for "Built with Qwen"; check the version';
  const where = isOnThisMachine(baseUrl) ? "the model's licence" : `the terms of ${new URL(baseUrl).hostname}`;
  return `not stated (dataset.teacherTerms): check ${where}`;
}
