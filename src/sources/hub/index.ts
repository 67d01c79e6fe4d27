/** The hub client: files of data sets, encoders and bases, pinned, resumed and checksummed. */
export { cacheFolder } from "./cache.ts";
export { type DownloadProgress, fetchModel } from "./models.ts";
