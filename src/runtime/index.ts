/** ONNX Runtime sessions. */
export { type HostTensor, type Session, withSession } from "./session.ts";
