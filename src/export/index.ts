/** Merge, quantise and write a trained model in the formats that other programs run. */
export { type ExportedFile, type ExportFormat, exportModel } from "./export.ts";
export { inspectPte, type PteReport } from "./pte-inspect.ts";
export { PHONE_FOLDER, type PushResult, planPush, pushToPhone, quote } from "./push.ts";
