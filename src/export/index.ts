/** Merge, quantise and write a trained model in the formats that other programs run. */
export { checkExport, estimateExport, exportModel } from "./export.ts";
export type { ExportedFile, ExportFormat } from "./exported-file.ts";
export { inspectPte, type PteReport } from "./pte-inspect.ts";
export { PHONE_FOLDER, planPush, pushToPhone, quote } from "./push.ts";
export { requireSpace } from "./space.ts";
