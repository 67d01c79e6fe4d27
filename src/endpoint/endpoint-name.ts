/** An endpoint in messages to the person, and where its settings stand. */

/** An endpoint as messages to the person name it. */
export interface EndpointName {
  /** The key of the recipe that holds it; "endpoint" where it was given on the command line. */
  readonly role: "teacher" | "judge" | "evaluate.predictor" | "evaluate.judge" | "endpoint";
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKeyEnv: string;
  readonly hasKey: boolean;
}

/** Where the person sets a part of an endpoint: a key of the recipe, or a flag of the command line. */
export function settingOf({ role }: Pick<EndpointName, "role">, part: "baseUrl" | "model" | "apiKeyEnv"): string {
  if (role !== "endpoint") return `${role}.${part}`;
  return { baseUrl: "--endpoint", model: "--name", apiKeyEnv: "the recipe's teacher.apiKeyEnv" }[part];
}
