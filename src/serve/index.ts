/** The HTTP API over a reply model. */
export { type RunningServer, type ServerOptions, startServer } from "./server.ts";
