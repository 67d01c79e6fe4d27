/** ONNX Runtime sessions. */

export { type Decoder, openDecoder } from "./decoder.ts";
export * from "./portable.ts";
export { withSession } from "./session.ts";
