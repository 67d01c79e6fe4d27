/** The HTTP API over a reply model, and what any server of this machine needs. */
export { ApiError, errorResponse } from "./error.ts";
export { checkCaller } from "./guard.ts";
export { listen } from "./listen.ts";
export { type RunningServer, type ServerOptions, startServer } from "./server.ts";
