/** A run's dataset seen by a person: filtered, read, and decided on. */
export type { MailDetail, RunInfo } from "./api.ts";
export { type RunningView, startView, type ViewOptions } from "./server.ts";
