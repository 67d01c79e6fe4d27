/** The assistant over an exported GGUF on this machine. */
import { loadLanguageDetector } from "../mail/index.ts";
import { type Assistant, type AssistantOptions, createAssistant } from "./assistant/assistant.ts";
import type { AssistantModel } from "./assistant/model.ts";
import { ENGINE_SEQUENCES, openEngine } from "./engine.ts";
import { type DeviceOptions, type OpenModel, openModel } from "./llama.ts";
import { type ContextOptions, type PromptFrame, readFrame } from "./prompt.ts";

/** An assistant with a model in memory. Whoever opens it closes it. */
export interface OpenAssistant extends Assistant {
  close(): Promise<void>;
}

/** Loads a GGUF. `frame` stands in for what a file that pocketreply did not export lacks. Throws FormatError or UserError. */
export async function openAssistant(
  path: string,
  options: DeviceOptions & AssistantOptions & ContextOptions & StandIn,
): Promise<OpenAssistant> {
  const model = await openModel(path, options);
  try {
    const assistant = await assistantOver(model, { ...options, frame: readFrame(model, options, options.frame) });
    return { ...assistant, close: () => model.close() };
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** What stands in for a file that does not say how it was trained. */
export interface StandIn {
  readonly frame?: Pick<PromptFrame, "systemPrompt" | "dateString">;
}

/** The assistant over a model that is open, and stays its opener's to close. */
export async function assistantOver(
  model: OpenModel,
  options: AssistantOptions & { frame: PromptFrame },
): Promise<Assistant> {
  const { frame, ...settings } = options;
  const context = await model.createContext({ contextSize: frame.contextTokens, sequences: ENGINE_SEQUENCES });
  const sequences = Array.from({ length: ENGINE_SEQUENCES }, () => context.getSequence());
  const { name, contextLength, tokenizer, isSteered, habits } = model;
  const engine = openEngine(model, { context, sequences });
  const assistantModel: AssistantModel = { name, contextLength, tokenizer, isSteered, habits, ...frame, ...engine };
  const { detect } = await loadLanguageDetector();
  return createAssistant(assistantModel, { detect, ...settings });
}
