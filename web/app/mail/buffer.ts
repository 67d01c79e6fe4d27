/** Node's Buffer for the mail room, which takes raw messages apart with it. */
import { Buffer } from "buffer/";

Object.assign(globalThis, { Buffer });
