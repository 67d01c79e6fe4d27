/** The verbs of the command line. */
export { startCommand } from "./command-line.ts";
export { helpPage, rootHelp } from "./help.ts";
