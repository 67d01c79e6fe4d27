/** The part of this room that runs in a browser too: sessions of arrays over a runtime that the caller brings. */
export { type HostTensor, type OpenSession, type Runtime, type Session, sessionOver } from "./tensors.ts";
