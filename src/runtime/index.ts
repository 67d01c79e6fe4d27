/** ONNX Runtime sessions. */
export * from "./portable.ts";
export { withSession } from "./session.ts";
