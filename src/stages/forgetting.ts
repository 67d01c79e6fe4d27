/** What training forgot: small instructions without mail, asked of the base and of the fine-tuned model. */
import { checkInstructions, type InstructionFigures, instructions } from "../evaluate/index.ts";
import { openReplier } from "../reply/index.ts";
import { mostContextTokens } from "./model.ts";
import type { ByFile } from "./predict.ts";
import type { Session } from "./session.ts";

/** ours: the longest answer that is asked for takes about thirty tokens; and what stands before each, in place of the run's own system prompt. */
const [maxTokens, systemPrompt] = [48, "You are a helpful assistant."];

/** ours: answers that are written at once, where that changes none of them. */
const lanes = 8;

/** Instructions followed by the base as it is and by the fine-tuned model, of so many. */
export interface Forgetting {
  readonly instructions: number;
  readonly base: InstructionFigures;
  readonly student: InstructionFigures;
}

/** Asks both. */
export async function measureForgetting(
  session: Session,
  files: { base: ByFile; student: ByFile },
): Promise<Forgetting> {
  session.progress.start("evaluate, instructions");
  const base = await ask(session, files.base);
  return { instructions: instructions.length, base, student: await ask(session, files.student) };
}

async function ask({ progress, signal }: Session, { gguf, adapter }: ByFile): Promise<InstructionFigures> {
  const replier = await openReplier(gguf, { adapter, lanes, mostContextTokens: mostContextTokens() });
  const answers = new Map<string, string>();
  const update = () => progress.update({ done: answers.size, total: instructions.length, unit: "answers" });
  try {
    update();
    const asked = instructions.map(async ({ id, text }) => {
      const messages = [
        { role: "system", content: systemPrompt },
        { role: "user", content: text },
      ] as const;
      const { reply } = await replier.chat({ messages, maxTokens, temperature: 0, signal });
      answers.set(id, reply);
      update();
    });
    await Promise.all(asked);
  } finally {
    await replier.close();
  }
  signal.throwIfAborted();
  return checkInstructions(answers);
}
