/** ONNX Runtime sessions. */
export * from "./portable.ts";
export { type SessionOptions, withSession } from "./session.ts";
