/** The verbs of the command line. */
export { CommanderError as CommandLineError } from "commander";
export { helpPage, rootHelp } from "./help.ts";
export { createProgram, type OpenSession } from "./program.ts";
export type { Session } from "./session.ts";
