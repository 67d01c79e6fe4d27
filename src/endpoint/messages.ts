/** The messages of a chat completion, and the JSON schema that its answer is asked to keep to. */

/** One message of a chat. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A JSON schema in the subset that every provider with strict structured outputs takes: all keys required, no numeric or length limits. */
export interface AnswerSchema {
  readonly name: string;
  readonly schema: object;
}

/** Says in words what `response_format` says in a parameter; what stands before it is the prompt. */
export const SCHEMA_RULE = "The answer must be one JSON object that is valid under this JSON schema:";

/** The same messages with the system's words before the first of the user, for a model that knows no such role. */
export function foldSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const system = messages.filter(({ role }) => role === "system").map(({ content }) => content);
  const rest = messages.filter(({ role }) => role !== "system");
  const at = rest.findIndex(({ role }) => role === "user");
  return rest.map((message, i) =>
    i === at ? { ...message, content: [...system, message.content].join("\n\n") } : message,
  );
}

/** The same messages with the schema in the system prompt, for an endpoint that does not take one as a parameter. */
export function spellOutSchema(messages: readonly ChatMessage[], { schema }: AnswerSchema): ChatMessage[] {
  return messages.map((message) =>
    message.role === "system"
      ? { ...message, content: `${message.content}\n\n${SCHEMA_RULE}\n${JSON.stringify(schema)}` }
      : message,
  );
}

/** One choice of an answer; `text` is the older API's, `delta` a server's that always answers as if in pieces. */
export interface Choice {
  readonly message?: Record<string, unknown>;
  readonly delta?: Record<string, unknown>;
  readonly text?: unknown;
  readonly finish_reason?: unknown;
}

/** What a choice says, or a piece of it. */
export function messageOf({ message, delta, text }: Choice): Record<string, unknown> | undefined {
  return message ?? delta ?? (typeof text === "string" ? { content: text } : undefined);
}
