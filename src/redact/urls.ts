/** URLs, and which of them are private: links that log in, reset a password, open a private document or lead to a person. */
import type { Span } from "./spans.ts";

/** A URL of a text. Private are those with a password, a token, a long query, an address or a share link in them, and profiles of people. */
export interface UrlSpan extends Span {
  readonly isPrivate: boolean;
}

const SCHEME_CHARACTERS = 20;
const URL_END = /[\s<>"“”«»`|\\^{}]|$/g; //  what no URL holds
const WORD_BEFORE = /[\p{L}\p{N}+.-]/u;

/** All URLs with a scheme or `www.`. Linear: each search begins where the last URL ended. */
export function findUrls(text: string): UrlSpan[] {
  const found: UrlSpan[] = [];
  const starts = /:\/\/|\bwww\.(?=[\p{L}\p{N}])/giu;
  for (let match = starts.exec(text); match; match = starts.exec(text)) {
    const start = match[0] === "://" ? schemeStart(text, match.index) : match.index;
    if (start === null) continue;
    URL_END.lastIndex = match.index + match[0].length;
    const end = trimEnd(text, match.index + match[0].length, URL_END.exec(text)!.index);
    if (end <= match.index + match[0].length) continue;
    found.push({ start, end, isPrivate: isPrivateUrl(text.slice(start, end)) });
    starts.lastIndex = end;
  }
  return found;
}

function schemeStart(text: string, colon: number): number | null {
  let start = colon;
  while (start > 0 && colon - start < SCHEME_CHARACTERS && /[a-z0-9+.-]/i.test(text[start - 1])) start--;
  while (start < colon && !/[a-z]/i.test(text[start])) start++;
  if (start === colon || (start > 0 && WORD_BEFORE.test(text[start - 1]))) return null;
  return start;
}

/** Without the punctuation of the sentence around it; a closing bracket stays when it was opened inside. */
function trimEnd(text: string, from: number, to: number): number {
  let end = to;
  let open = 0; // brackets opened less those closed; counted once, so that a long tail of brackets costs nothing more
  for (let i = from; i < to; i++)
    open += text[i] === "(" || text[i] === "[" ? 1 : text[i] === ")" || text[i] === "]" ? -1 : 0;
  while (end > from) {
    const last = text[end - 1];
    if (last === ")" || last === "]") {
      if (open >= 0) break;
      open++;
    } else if (!/[.,;:!?'’*_~…]/.test(last)) break;
    end--;
  }
  return end;
}

/** Looks at no more than this of one URL; what is longer is private for its length alone. */
const LONGEST_PUBLIC_URL = 400;
const LONG_QUERY = 40;
const PARAMETER = String.raw`[?&;#](?:[\w.-]{0,24}[_.-])?`;
/** Parameters that are a secret or an address whatever they hold. */
const PRIVATE_PARAMETER = new RegExp(
  `${PARAMETER}(?:access|api|auth|authkey|confirm|e?mail|hmac|id_token|invite|jwt|nonce|otp|pass|passcode|password|pin|pw|pwd|reset|secret|sess|session|sig|signature|sso|ticket|token|verify)(?:[_-]?(?:id|key|token|code))?=[^&;#]{2}`,
  "i",
);
/** Parameters that may number an article as well: private where letters and digits are mixed. */
const MIXED_PARAMETER = new RegExp(
  `${PARAMETER}(?:code|hash|key|login|mid|recipient|sid|sign|uid|user|userid|username)=(?=[^&;#]{0,60}[a-z])(?=[^&;#]{0,60}[0-9])[^&;#]{6}`,
  "i",
);
/** Links whose path alone lets people in. */
const SHARE_LINK =
  /^https?:\/\/(?:[\w-]{1,40}\.){0,3}(?:zoom\.us\/[jw]\/|meet\.google\.com\/[a-z]|teams\.microsoft\.com\/l\/meetup|teams\.live\.com\/meet\/|webex\.com\/[\w/.-]{0,60}\/j\.php|dropbox\.com\/(?:s|scl|sh|t)\/|we\.tl\/|wetransfer\.com\/downloads\/|1drv\.ms\/|mega\.(?:nz|io)\/|chat\.whatsapp\.com\/|t\.me\/\+|discord\.gg\/|doodle\.com\/poll\/|hooks\.slack\.com\/)/i;

/** Where a person is at home in a service, whose name is in the path. */
const PROFILE = String.raw`(?:linkedin\.com/(?:in|pub)/|t\.me/|(?:twitter|x|instagram|facebook|tiktok|snapchat)\.com/(?:add/)?@?|threads\.net/@?|wa\.me/|paypal\.me/|calendly\.com/)`;
const PROFILE_LINK = new RegExp(
  `^https?://(?:(?:www|m|mobile|[a-z]{2})\\.)?${PROFILE}[\\w.%+~-]{2,60}/?(?:[?#]|$)`,
  "i",
);
const BARE_PROFILE = new RegExp(
  `(?<![\\p{L}\\p{N}@./-])(?:www\\.)?${PROFILE}[\\w%+~-](?:[\\w.%+~-]{0,58}[\\w%+~-])?(?![\\w/])`,
  "giu",
);
/** "Telegram: @ann_lee": the name that somebody has there. */
const HANDLE =
  /(?<![\p{L}\p{N}])(?:twitter|x|instagram|insta|ig|telegram|tiktok|threads|mastodon|snapchat|skype|discord|signal|github|bluesky|wechat|微信)(?![\p{L}\p{N}])[^\n@]{0,24}(?<![\w.@])(@[\p{L}\p{N}_][\p{L}\p{N}_.-]{1,30}[\p{L}\p{N}_])/dgiu;

/** "My Skype is ann.lee84": without the sign it needs a digit, a dot or a line below inside. */
const PLAIN_HANDLE =
  /(?<![\p{L}\p{N}])(?:skype|telegram|discord|wechat|微信|snapchat|instagram|insta|signal|threema|steam|kik|icq|line id)(?: (?:id|name|handle|user|username))?(?: is| ist| est| es|[:：])[ \t]{0,2}(?=\p{L}[\p{L}-]{0,30}[\p{N}_.][\p{L}\p{N}])([\p{L}\p{N}_.-]{4,32}[\p{L}\p{N}])(?![\p{L}\p{N}/@])/dgiu;

/** Profiles without a scheme, and names that people have in services. */
export function findProfiles(text: string): Span[] {
  const links = Array.from(text.matchAll(BARE_PROFILE), ({ index, 0: link }) => ({
    start: index,
    end: index + link.length,
  }));
  const handles = [HANDLE, PLAIN_HANDLE].flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ({ indices }) => ({ start: indices![1][0], end: indices![1][1] })),
  );
  return [...links, ...handles];
}

function isPrivateUrl(url: string): boolean {
  if (url.length > LONGEST_PUBLIC_URL) return true;
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
  if (authority.includes("@")) return true;
  if (/@|%40/i.test(url)) return true; // somebody's address
  if (SHARE_LINK.test(url) || PROFILE_LINK.test(url)) return true;
  const query = url.indexOf("?");
  if (query >= 0 && url.length - query > LONG_QUERY) return true;
  if (PRIVATE_PARAMETER.test(url) || MIXED_PARAMETER.test(url)) return true;
  const tail = url.slice(url.indexOf("/", url.indexOf("://") + 3) + 1);
  return tail.split(/[/?&=#;,.:!+~]/).some(isTokenLike);
}

/** A piece that nobody would type: long and mixed, or a UUID, or a long run of hex digits. Words with hyphens between are none. */
export function isTokenLike(piece: string): boolean {
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(piece)) return true;
  if (/^[0-9a-f]{32,}$/i.test(piece)) return /\d/.test(piece);
  if (piece.length < 16) return false;
  return piece.split(/[-_%]/).some((part) => part.length >= 12 && !isWordOrNumber(part) && countChanges(part) >= 4);
}

/** How often small letters, capitals and digits take turns. */
function countChanges(part: string): number {
  return part.match(/[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[A-Za-z])/g)?.length ?? 0;
}

/** Letters in one case (or words run together, each with a capital first), digits, or some of one after some of the other. */
function isWordOrNumber(part: string): boolean {
  return /^(?:\d*(?:\p{Lu}?\p{Ll}*|\p{Lu}+)|(?:\p{Lu}?\p{Ll}+|\p{Lu}+)\d*|\p{Ll}*(?:\p{Lu}\p{Ll}+){1,6}\d{0,4})$/u.test(
    part,
  );
}
