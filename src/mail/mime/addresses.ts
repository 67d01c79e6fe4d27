/** Address lists (RFC 5322 §3.4) as people's programs write them: names with bare commas, brackets left open, comments for names. */

import type { Person } from "../email.ts";
import { cleanHeader } from "../text.ts";
import { decodeHeader, decodeWords } from "./words.ts";

const MAX_CHARACTERS = 1 << 15;
const MAX_PEOPLE = 2000;

/** The people of a raw header value (one character a byte), in order. */
export function parseAddresses(raw: string, charset = ""): Person[] {
  return parse(raw, (text) => decodeHeader(text, charset));
}

/** The same from text that is decoded but for encoded words, such as a column of a table. */
export function parseAddressText(text: string): Person[] {
  return parse(text, (part) => decodeWords(part));
}

/** One item of the list as it stands between commas. */
interface Item {
  /** Words outside of brackets and comments, quotes undone. */
  name: string;
  /** What stood in angle brackets; null where there were none. */
  address: string | null;
  comment: string;
}

function parse(raw: string, decode: (text: string) => string): Person[] {
  const people: Person[] = [];
  let waiting = ""; // the beginning of a name that a bare comma cut
  for (let item of readItems(raw.slice(0, MAX_CHARACTERS))) {
    if (people.length >= MAX_PEOPLE) break;
    const bare = item.address?.includes("@") ? null : bareAddress(item.name);
    if (bare !== null && item.address !== null) item = { ...item, name: item.address, address: bare }; // "<Joe Foo> joe@x"
    if (item.address === null && bare === null) {
      const words = item.name.trim() || item.comment.trim();
      if (words !== "") waiting = waiting === "" ? words : `${waiting}, ${words}`;
      continue;
    }
    const ownName = (bare === null ? item.name : item.name.replace(bare, " ")).replace(BARE_BRACKETS, " ").trim();
    const name = waiting !== "" && item.address !== null ? `${waiting}, ${ownName}` : ownName;
    if (waiting !== "" && item.address === null) people.push(person(waiting, "", decode));
    waiting = "";
    people.push(person(name || item.comment, item.address ?? bare ?? "", decode));
  }
  if (waiting !== "") people.push(person(waiting, "", decode));
  return people.filter(({ name, address }) => name !== "" || address !== "");
}

function person(name: string, address: string, decode: (text: string) => string): Person {
  const plain = cleanHeader(decode(name))
    .replace(/^(?:["']+(?=[^"'])(.{1,500})(?<!["'])["']+|["']{2,})$/, "$1")
    .replace(/,\s*$/, "")
    .trim();
  const inName = address === "" ? WHOLE.exec(plain) : null; // an encoded word that holds name and address
  if (inName) return { name: inName[1].trim(), address: inName[2] };
  const own = cleanHeader(decode(address))
    .replace(/("[^"]{0,100}"(?=@))|\s+/g, "$1")
    .replace(/^mailto:/i, "")
    .replace(/^@[^:]{1,200}:/, "");
  return { name: plain.toLowerCase() === own.toLowerCase() ? "" : plain, address: own };
}

const WHOLE = /^([^<>]{0,200})<([^\s<>@]{1,64}@[^\s<>@]{1,200})>$/;
const BARE_BRACKETS = /\[\s*\]|mailto:(?=\s|$)/gi;

/** `joe@x.example`, alone or as the only word with an @ (`joe@x.example Joe`, `[joe@x.example]`). */
function bareAddress(text: string): string | null {
  const found = /(?:"[^"<>]{1,100}"|[^\s<>()[\],;:"]{1,100})@[^\s<>()[\],;"]{1,200}/.exec(text);
  return found ? found[0] : null;
}

/** Cuts at commas and semicolons outside of quotes, brackets and comments; the name of a group ("Team: a, b;") is dropped. */
function readItems(text: string): Item[] {
  const items: Item[] = [];
  let item: Item = { name: "", address: null, comment: "" };
  const finish = () => {
    if (item.name.trim() !== "" || item.address !== null || item.comment.trim() !== "") items.push(item);
    item = { name: "", address: null, comment: "" };
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') {
      const end = endOfQuoted(text, at);
      // of an address: "ann lee"@firm.example
      item.name +=
        end > at + 1 && text[end + 1] === "@"
          ? text.slice(at, end + 1)
          : text.slice(at + 1, end).replace(/\\(.)/g, "$1");
      at = end;
    } else if (letter === "(") {
      const end = endOfComment(text, at);
      item.comment += `${item.comment === "" ? "" : " "}${text.slice(at + 1, end).replace(/\\(.)/g, "$1")}`;
      at = end;
    } else if (letter === "<") {
      const close = text.indexOf(">", at);
      const stop = close < 0 ? text.length : close;
      const inside = text.slice(at + 1, stop);
      if (item.address === null || item.address === "") item.address = inside.replace(/^[\s<]+/, "");
      at = stop;
      while (text[at + 1] === ">") at++;
      if (close < 0) break;
    } else if (letter === "=" && text[at + 1] === "?") {
      const word = /^=\?[^?\s]{1,80}\?[bq]\?(?:[^?=]|=(?!\?[^=])|\?(?!=)){0,4000}\?=/i.exec(text.slice(at, at + 4100)); // commas in it are its own
      item.name += word?.[0] ?? letter;
      at += (word?.[0].length ?? 1) - 1;
    } else if (letter === "," || letter === ";") finish();
    else if (letter === ":" && item.address === null && !item.name.includes("@") && /^[^\d@]*$/.test(item.name))
      item.name = "";
    else item.name += letter;
  }
  finish();
  return items;
}

function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  // never closed: the quote ends before the address
  const bracket = text.indexOf("<", start);
  return bracket < 0 ? text.length : bracket - 1;
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at;
  }
  return text.length;
}
