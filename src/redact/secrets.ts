/** Secrets: private keys, tokens of known services, passwords and codes that the text names as such. */
import { mergeSpans, type Span } from "./spans.ts";
import { isTokenLike } from "./urls.ts";

/** Private keys, and values that the text itself calls a password, a key or a code. */
export function findNamedSecrets(text: string): Span[] {
  return mergeSpans([...findPrivateKeys(text), ...findNamedValues(text)]);
}

/** PEM and OpenPGP private keys (RFC 7468); one without an end goes as far as its lines are base64. */
function findPrivateKeys(text: string): Span[] {
  const found: Span[] = [];
  const begins = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;
  let hasEnd = true; // so that a thousand beginnings without an end do not search the text a thousand times
  for (let match = begins.exec(text); match; match = begins.exec(text)) {
    const from = match.index + match[0].length;
    const at: number = hasEnd ? text.indexOf("-----END ", from) : -1;
    hasEnd = at >= 0;
    const close = at < 0 ? -1 : text.indexOf("-----", at + "-----END ".length);
    const end =
      close < 0 || close - at > 80
        ? from + /^(?:[A-Za-z0-9+/=:,. \t-]*(?:\r?\n|$))*/.exec(text.slice(from, from + LONGEST_KEY))![0].length
        : close + 5;
    found.push({ start: match.index, end });
    begins.lastIndex = Math.max(end, from);
  }
  return found;
}

const LONGEST_KEY = 20_000;

const TOKEN_RUN = /[A-Za-z0-9_][A-Za-z0-9_+/=.~-]{14,}/g;
/** Keys that say whose they are. A key has 16 characters or more behind its prefix. */
const KNOWN_TOKEN =
  /^(?:sk-(?:proj-|ant-|or-v1-|svcacct-)?[\w-]{16,}|(?:sk|pk|rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{16,}|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|hf_[A-Za-z0-9]{24,}|dop_v1_[0-9a-f]{40,}|shp(?:at|ss|ca|pa)_[0-9a-f]{24,}|EAA[A-Za-z0-9]{40,}|key-[0-9a-f]{32}|glsa_\w{20,}|dckr_pat_[\w-]{16,}|r8_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{40,}|eyJ[\w-]{8,}\.(?:eyJ)?[\w-]{4,}(?:\.[\w-]*)*)/;

/** Tokens that show what they are. Each run of token characters is looked at once. */
export function findTokens(text: string): Span[] {
  const found: Span[] = [];
  for (const { index, 0: run } of text.matchAll(TOKEN_RUN)) {
    const equals = /^\w{1,40}=(?=[^=])/.exec(run)?.[0].length ?? 0; // TOKEN=ghp_…
    const token = run.slice(equals, run.length - trailing(run, ".~/-"));
    if (KNOWN_TOKEN.test(token) || isRandom(token))
      found.push({ start: index + equals, end: index + equals + token.length });
  }
  return found;
}

/** Nothing a person would spell: 24 characters or more with small and capital letters and digits all through it. Hex is left: commits and checksums. */
function isRandom(token: string): boolean {
  if (token.length < 24 || token.length > 400 || !/^[\w+/=-]+$/.test(token) || /^[0-9a-f-]+$/i.test(token))
    return false;
  if (/\/.*\/.*\//.test(token) && token.split("/").some((part) => /^[a-z]{3,}$/.test(part))) return false; // a path
  const count = (pattern: RegExp) => token.match(pattern)?.length ?? 0;
  const changes = count(/[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|[0-9](?=[A-Za-z])/g);
  return (
    count(/[0-9]/g) >= 3 &&
    count(/[A-Z]/g) >= 3 &&
    count(/[a-z]/g) >= 3 &&
    changes >= token.length / 5 &&
    isTokenLike(token)
  );
}

/** A name and its value on one line. `:` and `=` announce any value; a verb ("is", "lautet") only one that is no plain word. */
const PASSWORD =
  /(?<![\p{L}\p{N}])((?:\w{0,20}[_-])?(?:pass(?:word|code|phrase|wd)?|pwd|pswd|pw|passwort|kennwort|zugangscode|mot de passe|contraseña|clave|senha|wachtwoord|lösenord|adgangskode|hasło|salasana|parola|пароль|密码|パスワード|wpa2?(?: key)?|wi-?fi key))(?![\p{L}\p{N}])["'”*_)\]]{0,3}(?:[ \t]{0,3}(?:for|to|für|of|pour) [\p{L}\p{N} .@'-]{1,40}?)?([ \t]{0,3}(?::|=|：|->|=>)[ \t]{0,8}|[ \t]{1,3}(?:is|ist|lautet|est|es|é|är|was|war|remains|will be|has been (?:set|reset|changed) to|set to|reset to|changed to|stays)(?: now| again| still| jetzt| nun)?[ \t]{0,2}:?[ \t]{1,3})/giu;
const KEY =
  /(?<![\p{L}\p{N}])((?:\w{0,20}[ _-])?(?:api[ _-]?key|apikey|access[ _-]?key(?:[ _-]?id)?|secret[ _-]?(?:access[ _-]?)?key|private[ _-]?key|license[ _-]?key|licence[ _-]?key|product[ _-]?key|activation[ _-]?(?:key|code)|client[ _-]?secret|auth(?:orization)?(?:[ _-]?(?:token|code))?|access[ _-]?token|refresh[ _-]?token|bearer|token|secret|shared secret|(?:security|verification|confirmation|access|login|one-time|entry|door|gate|alarm|backup|recovery|sms|tan)[ _-]?code|otp|tan|pin(?:[ -]?code)?|bestätigungscode|sicherheitscode|code de vérification|código de verificación|puk))(?![\p{L}\p{N}])["'”*_)\]]{0,3}([ \t]{0,3}(?::|=|：|->|=>)[ \t]{0,8}(?:bearer |basic )?|[ \t]{1,3}(?:is|ist|lautet|est|es|was|to)?[ \t]{0,2}:?[ \t]{0,3})/giu;
const VALUE = /["'“‘`<[]?([^\s"”`’<>]{3,200})/y;
const NO_VALUE =
  /^(?:[*•.x_-]+(?![*•.x_-])|required|optional|none|null|nil|undefined|true|false|yes|no|ok|here|there|this|that|these|same|below|above|attached|protected|reset|changed|forgotten|incorrect|correct|wrong|invalid|valid|expired|unknown|empty|blank|missing|secure|safe|strong|weak|case|the|your|my|our|a|an|not|in|on|at|for|to|of|and|or|as|is|if|it|see|sent|will|please|n\/a|tbd|too|only|stored|encrypted|hashed|needed|unchanged|default|file|manager|policy|field|prompt)[.,;:!?)]*$/i;

function findNamedValues(text: string): Span[] {
  const found: Span[] = [];
  for (const [pattern, isKey] of [
    [PASSWORD, false],
    [KEY, true],
  ] as const) {
    for (const match of text.matchAll(pattern)) {
      const span = readValue(text, match.index + match[0].length, {
        isKey,
        isPhrase: /phrase/i.test(match[1]),
        isDirect: /[:=>：]/.test(match[2]),
      });
      if (span) found.push(span);
    }
  }
  return found;
}

function readValue(
  text: string,
  at: number,
  kind: { isKey: boolean; isPhrase: boolean; isDirect: boolean },
): Span | null {
  VALUE.lastIndex = at;
  const match = VALUE.exec(text);
  if (!match) return null;
  const start = match.index + match[0].length - match[1].length;
  const code = kind.isKey ? /^\d{2,4}(?:[ -]\d{2,4}){1,3}#?(?![\d.,:])/.exec(text.slice(start, start + 24)) : null; // "739 204"
  if (code) return { start, end: start + code[0].length };
  const isQuoted = match[0] !== match[1];
  const value = isQuoted ? match[1] : match[1].slice(0, match[1].length - trailing(match[1], ".,;:?)]'*"));
  if (kind.isPhrase && kind.isDirect && /^\S+[ \t]+\S/.test(text.slice(start, start + LONGEST_PHRASE)))
    return { start, end: lineEnd(text, start) };
  if (value.length < 3 || NO_VALUE.test(value) || /^[$€£]\d/.test(value)) return null;
  if (!isSecretValue(value, { ...kind, isQuoted })) return null;
  return { start, end: start + value.length };
}

function isSecretValue(
  value: string,
  { isKey, isDirect, isQuoted }: { isKey: boolean; isDirect: boolean; isQuoted: boolean },
): boolean {
  const isMixed = /\d/.test(value) || /\p{Ll}\p{Lu}/u.test(value) || /[^\p{L}\p{N}\s.,'’()/-]/u.test(value);
  if (isKey) return /\d/.test(value) ? value.length >= 4 && !/^\d{1,3}[.,]/.test(value) : value.length >= 16 && isMixed;
  return isDirect || isQuoted ? value.length >= 4 || isMixed : isMixed && value.length >= 4;
}

const LONGEST_PHRASE = 120;

function lineEnd(text: string, start: number): number {
  const end = /^[^\n"”]*/.exec(text.slice(start, start + LONGEST_PHRASE))![0].trimEnd();
  return start + end.length;
}

/** How many of `characters` end the text. */
function trailing(text: string, characters: string): number {
  let count = 0;
  while (count < text.length && characters.includes(text[text.length - 1 - count])) count++;
  return count;
}
