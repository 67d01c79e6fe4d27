/** A dataset card in Markdown, with the front matter that the Hugging Face hub reads. */

import { criteria } from "../prompts/index.ts";
import type { DatasetCard } from "./card.ts";

const number = (value: number) => value.toLocaleString("en-US");

export function renderCard(card: DatasetCard): string {
  const { counts, files } = card;
  return `${[
    frontMatter(card),
    `# ${card.name}`,
    `${number(counts.accepted)} emails with replies written by ${card.teacher.label} and accepted by ${card.judge.label}; made by pocketreply.${card.stopped ? ` The run was stopped by \`distill.${card.stopped.rule}\` (${card.stopped.detail}); ${number(counts.undecided)} mails are undecided.` : ""}`,
    `## Licences\n\n${card.licences.map(({ of, licence }) => `- ${of}: ${licence}`).join("\n")}`,
    `## Mails\n\n${describeMails(card)}`,
    `## How the replies were made\n\n${describeMaking(card)}`,
    `## Counts\n\n${describeCounts(card)}`,
    `## Cost\n\n${describeCost(card)}`,
    `## Files\n\n${["| file | rows | bytes | SHA-256 |", "| --- | --- | --- | --- |", ...files.map(({ name, rows, sizeBytes, sha256 }) => `| ${name} | ${rows === null ? "" : number(rows)} | ${number(sizeBytes)} | \`${sha256}\` |`)].join("\n")}`,
  ].join("\n\n")}\n`;
}

function frontMatter({ name, counts, files }: DatasetCard): string {
  const sizes: [number, string][] = [
    [1000, "n<1K"],
    [10_000, "1K<n<10K"],
    [100_000, "10K<n<100K"],
    [Number.POSITIVE_INFINITY, "100K<n<1M"],
  ];
  const size = sizes.find(([limit]) => counts.accepted < limit)![1];
  const main = files.find((file) => /^replies\./.test(file.name));
  return [
    "---",
    `pretty_name: ${JSON.stringify(name)}`,
    "license: other",
    "task_categories: [text-generation]",
    "tags: [email, reply, synthetic, distillation, rlaif]",
    `size_categories: ["${size}"]`,
    ...(main ? ["configs:", "  - config_name: default", `    data_files: ${JSON.stringify(main.name)}`] : []),
    "---",
  ].join("\n");
}

function describeMails({ mails, sample, seed, redacted }: DatasetCard): string {
  const lines = mails
    ? [
        `- source: ${mails.source} (${mails.kind}); ${number(mails.read)} messages read, ${number(mails.kept)} kept`,
        ...mails.filters.map(({ reason, meaning, count }) => `  - ${number(count)} left out, ${reason}: ${meaning}`),
      ]
    : ["- source: not recorded"];
  lines.push(
    `- sample: ${number(sample.sampled)} of ${number(sample.total)} mails, by seed ${seed}${sample.duplicates > 0 ? `; ${number(sample.duplicates)} repeated ids left out` : ""}${sample.fromOwner > 0 ? `; ${number(sample.fromOwner)} written by the mailbox's owner left out` : ""}`,
    `- private details: ${redacted ? "replaced by placeholders before a mail was sent, put back in the replies; the files hold the mails as they are" : "sent as they are (endpoints on the same machine, or distill.redact: off)"}`,
  );
  return lines.join("\n");
}

function describeMaking({ teacher, judge, prompts, rules }: DatasetCard): string {
  const { threshold, rule, refinements, defectRepeats, failedPasses } = rules;
  return [
    `- teacher: ${teacher.label} (\`${teacher.model}\` at ${teacher.baseUrl})`,
    `- judge: ${judge.label} (\`${judge.model}\` at ${judge.baseUrl})`,
    `- prompts: the "${prompts.set}" set, versions ${Object.entries(prompts.versions)
      .map(([kind, version]) => `${kind} \`${version}\``)
      .join(", ")}`,
    `- accepted at a ${rule} of ${threshold} over ${criteria.join(", ")}, each from 0 to 1; at most ${refinements} refinements, then rejected`,
    `- an unusable answer was asked for again ${defectRepeats} times, a failing endpoint ${failedPasses} times`,
  ].join("\n");
}

function describeCounts({ counts, work }: DatasetCard): string {
  const { accepted, rejected, preferences, acceptedByAttempt, rejectedByReason, reviewed, meanScores } = counts;
  const list = (entries: Readonly<Record<string, number | undefined>>) =>
    Object.entries(entries)
      .map(([key, value]) => `${key}: ${number(value ?? 0)}`)
      .join(", ") || "none";
  return [
    `- accepted ${number(accepted)} (by attempt ${list(acceptedByAttempt)}), rejected ${number(rejected)} (${list(rejectedByReason)}), preference pairs ${number(preferences)}`,
    ...(Object.values(reviewed).some((count) => count > 0)
      ? [`- decided by a person, over teacher and judge: ${list(reviewed)}`]
      : []),
    `- mean scores of the accepted: ${meanScores ? criteria.map((criterion) => `${criterion} ${meanScores[criterion].toFixed(3)}`).join(", ") : "none"}`,
    `- calls: ${list(work.calls)}; outcomes: ${list(work.outcomes)}; ${number(work.retries)} tries failed on the way`,
  ].join("\n");
}

function describeCost({ cost, work }: DatasetCard): string {
  const { costUsd, lostUsd, callsWithoutCost, prices } = cost;
  const tokens = `${number(work.promptTokens)} prompt and ${number(work.completionTokens)} completion tokens as the endpoint counted them`;
  const money =
    costUsd === null ? `not known for ${number(callsWithoutCost)} calls` : `${costUsd.toFixed(4)} US dollars`;
  const lost = lostUsd > 0 ? `, and at most ${lostUsd.toFixed(4)} more for calls without a whole answer` : "";
  const source = prices.teacher ? ` (${prices.teacher.source})` : "";
  return `- ${money}${lost}${source}\n- ${tokens}; ${(work.wallMs / 60_000).toFixed(1)} minutes in ${work.sessions} sessions`;
}
