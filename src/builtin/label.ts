/** How an endpoint is named wherever its work is shown. */
import type { Endpoint } from "../recipe.ts";

/** An endpoint as results and reports name it; `label` says openly when no language model was at work. */
export interface EndpointLabel {
  readonly label: string;
  readonly model: string;
  readonly baseUrl: string;
}

/** How the built-in teacher is called wherever its work is shown. */
export const BUILTIN_LABEL = "built-in rules, not a language model";

/** Names an endpoint. */
export function labelEndpoint({ baseUrl, model }: Pick<Endpoint, "baseUrl" | "model">): EndpointLabel {
  return { label: baseUrl === "builtin" ? BUILTIN_LABEL : model, model, baseUrl };
}
