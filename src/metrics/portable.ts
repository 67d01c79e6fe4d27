/** The part of this room that runs in a browser too. */
export { diffWords, type Piece } from "./word-diff.ts";
