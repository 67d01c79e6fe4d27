/** The verbs of the command line. */
export { CommanderError as CommandLineError } from "commander";
export type { Session } from "../stages/index.ts";
export { helpPage, rootHelp } from "./help.ts";
export { createProgram, type OpenSession } from "./program.ts";
