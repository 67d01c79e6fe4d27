/** Merge, quantise and write a trained model in the formats that other programs run. */
export { type ExportedFile, type ExportFormat, exportModel } from "./export.ts";
