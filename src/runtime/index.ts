/** ONNX Runtime sessions. */
export { type HostTensor, type Session, type SessionOptions, withSession } from "./session.ts";
