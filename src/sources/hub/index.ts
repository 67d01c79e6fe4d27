/** The hub client: files of data sets, encoders and bases, pinned, resumed and checksummed. */
export { downloadFile, type HubFile } from "./download.ts";
export { HubProblem, type HubServer, hubGet, hubServer, refused } from "./server.ts";
