/** One model in memory for all that a server offers: replies to conversations, several at once, and the assistant. */
import type { Assistant, AssistantOptions } from "./assistant/assistant.ts";
import { type DeviceOptions, openModel } from "./llama.ts";
import { assistantOver, type StandIn } from "./open-assistant.ts";
import { type ContextOptions, readFrame } from "./prompt.ts";
import { createReplier, type Replier } from "./reply.ts";

/** Both over the same weights. Whoever opens it closes it. */
export interface ReplyService {
  readonly replier: Replier;
  readonly assistant: Assistant;
  /** Waits for the replies in progress, then frees the model. */
  close(): Promise<void>;
}

/** Loads a GGUF once. `lanes` replies are written at once where that changes none of them. Throws FormatError or UserError. */
export async function openReplyService(
  path: string,
  options: DeviceOptions & ContextOptions & AssistantOptions & StandIn & { lanes?: number },
): Promise<ReplyService> {
  const model = await openModel(path, options);
  try {
    const frame = readFrame(model, options, options.frame);
    const replier = await createReplier(model, { frame, lanes: options.lanes });
    const assistant = await assistantOver(model, { ...options, frame });
    return { replier, assistant, close: () => replier.close() };
  } catch (error) {
    await model.close();
    throw error;
  }
}
