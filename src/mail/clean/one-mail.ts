/** The one mail that a person hands over: a .eml file, a copied message source, or text that was typed or pasted. */
import { UserError } from "../../errors.ts";
import type { Person } from "../email.ts";
import { NO_SIGNS } from "../filter/signs.ts";
import { beginsWithHeader, countMessages } from "../mime/header.ts";
import { parseMail } from "../parse-mail.ts";
import { tidyLines } from "../text.ts";
import { type OneMail, ownWords } from "./own-words.ts";
import { splitQuotes } from "./quotes.ts";

const NOBODY: Person = { name: "", address: "" };

/**
 * The mail in `bytes`, cleaned as import does it: a message source is taken apart, any other text is the body as it stands.
 * Throws UserError naming `name` where the bytes are empty, a mailbox of many mails, or nested beyond what is read.
 */
export async function readOneMail(bytes: Uint8Array, name: string): Promise<OneMail> {
  const text = decodeText(bytes);
  if (text.trim() === "") throw new UserError(`${name} is empty: there is no mail in it.`);
  const source = isUtf16(bytes) ? Buffer.from(text) : bytes;
  if (!beginsWithHeader(source))
    return {
      ...{ from: NOBODY, to: [], cc: [], subject: "", body: tidyLines(splitQuotes(text).visible) },
      ...{ date: null, isAnswer: false, signs: NO_SIGNS },
    };
  if (countMessages(source) > 1) {
    throw new UserError(
      `${name} is a mailbox of many mails, and one mail is wanted. Import it: npx pocketreply import --mail ${name} --run FOLDER`,
    );
  }
  const mail = await parseMail(source);
  if (mail === null) throw new UserError(`${name} is no mail that can be taken apart: its parts are nested too deep.`);
  return ownWords(mail);
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** By its byte order mark, else UTF-8; windows-1252 where it is no UTF-8. */
function decodeText(bytes: Uint8Array): string {
  if (isUtf16(bytes)) return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
