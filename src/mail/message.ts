/** The door for raw messages: they are taken apart with Node's Buffer, which a browser gets from a package of that name. */
export { ownWords } from "./clean/own-words.ts";
export { splitQuotes } from "./clean/quotes.ts";
export { beginsWithHeader } from "./mime/header.ts";
export { parseMail } from "./parse-mail.ts";
export { tidyLines } from "./text.ts";
