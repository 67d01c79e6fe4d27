/** Any OpenAI-compatible API: client, pacing, limits, budget, prices, and the engine that asks many. */
export { endpointUrl, readApiKey, requestHeaders } from "./address.ts";
export { answersReserveBytes } from "./answers-reserve.ts";
export { inPasses, LATER } from "./as-they-come.ts";
export { askMany, type MakeCall } from "./ask-many.ts";
export { adviseOnUnusable, createBrake, quoteAnswer, type Unusable } from "./brake.ts";
export { type Budget, BudgetSpent, createBudget } from "./budget.ts";
export {
  type Completion,
  type DroppableParameter,
  findDroppable,
  PLAIN_WIRE,
  parseCompletion,
  requestBody,
  type TeacherRequest,
  type Usage,
  type Wire,
} from "./chat-completion.ts";
export { type ClientOptions, completionsUrl, createClient, type TeacherClient } from "./client.ts";
export { backoffMs, type Clock, systemClock } from "./clock.ts";
export { costUsd, mostCostUsd } from "./cost.ts";
export { digest, fence, unfence } from "./data-block.ts";
export { type EndpointName, settingOf } from "./endpoint-name.ts";
export { endpointsOf } from "./endpoints.ts";
export { CARRIER_GONE, type Connections, type HttpAnswer, openConnections } from "./exchange.ts";
export {
  createFailures,
  explainOutage,
  type Failure,
  type FailureKind,
  type Failures,
  type Reason,
} from "./failures.ts";
export { type FileHttpCall, openFileHttp } from "./file-http.ts";
export { type AnswerSchema, type ChatMessage, SCHEMA_RULE } from "./messages.ts";
export { checkModels, warnOfEnds } from "./model-list.ts";
export { type Binding, createPacer, type Pacer } from "./pacer.ts";
export { findPrice, type Price } from "./prices.ts";
export { createSemaphore, type Semaphore } from "./semaphore.ts";
export { chooseSender, isOnThisMachine, isRedacted, type SentEmail } from "./sent.ts";
export { explainNetwork, explainStatus, readErrorBody, TeacherError } from "./teacher-error.ts";
