/** A run's dataset seen by a person: filtered, read, and decided on. */
export { startView } from "./server.ts";
