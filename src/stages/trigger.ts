/** Whether a mail wants a reply, learnt from the conversations of a run's mailbox: trigger.json. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { pasteable, UserError } from "../errors.ts";
import { encodeJson, readJsonl, writeFileAtomic } from "../formats/index.ts";
import type { Email } from "../mail/index.ts";
import { type AssistantOptions, addHistory, learnTrigger, openTrigger, type TriggerReport } from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import { packagePath } from "../shipped.ts";

/** The trigger of a run, or the one that ships, at `rate` (`reply.triggerRate`). Throws FormatError. */
export async function readTrigger(
  paths: RunPaths,
  rate: number,
): Promise<Required<Pick<AssistantOptions, "score" | "threshold">>> {
  const path = existsSync(paths.trigger) ? paths.trigger : packagePath("models", "trigger", "trigger.json");
  const { score, thresholdFor } = openTrigger(JSON.parse(await readFile(path, "utf8")), path);
  return { score, threshold: thresholdFor(rate) };
}

/** ours: fewer answered mails than these teach nothing that holds elsewhere. */
const FEWEST_ANSWERED = 50;

/** Learns from `emails.jsonl` which mails the owner answered, and writes trigger.json. Throws UserError where too few were answered. */
export async function trainTrigger(
  paths: RunPaths,
  { seed, rate }: { seed: number; rate: number },
): Promise<TriggerReport> {
  if (!existsSync(paths.emails))
    throw new UserError(
      `${paths.emails} is not there: import a mailbox first, npx pocketreply import --mail PATH --run ${pasteable(paths.folder)}`,
    );
  const emails: Email[] = [];
  for await (const { value } of readJsonl(paths.emails)) emails.push(value as Email); // written by import
  const hasOwner = emails.some(({ fromOwner }) => fromOwner);
  const answered = new Set(emails.filter(({ fromOwner }) => !hasOwner || fromOwner).map(({ answers }) => answers));
  const mails = emails
    .filter(({ fromOwner }) => !fromOwner)
    .map(({ id, threadId, body: text, from, to, cc, subject, date, inReplyTo }) => ({
      ...{ id, threadId, answered: answered.has(id) },
      mail: { text, from, to, cc, subject, date, isAnswer: inReplyTo !== null },
    }));
  const count = mails.filter((one) => one.answered).length;
  if (count < FEWEST_ANSWERED) {
    throw new UserError(
      `${paths.emails} holds ${count} mails that were answered; from ${FEWEST_ANSWERED} on a trigger can be learnt. Import the Sent folder too; until then the one that ships is used.`,
    );
  }
  const about = `${mails.length} mails, ${count} of them answered${hasOwner ? " by the owner" : ""}`;
  const { model, report } = learnTrigger({ mails: addHistory(mails), about, seed, rate });
  await writeFileAtomic(paths.trigger, `${encodeJson(model)}\n`);
  return report;
}
