/** One-time codes, and the numbers and passcodes that let people into a meeting: known by the words around them. */
import { mergeSpans, type Span } from "./spans.ts";

/** What a code is called, before it. Source: the texts of banks, shops and sign-in pages in these languages. */
const CODE =
  "(?:security|verification|confirmation|access|login|log-?in|sign-?in|one[- ]?time|single[- ]?use|entry|door|gate|alarm|backup|recovery|sms|authentication|authorization|2fa|mfa|activation|pairing|unlock|temporary|google|whatsapp|apple id|microsoft|account)[ -](?:pass)?code|passcode|pass ?code|otp|tan|pin|pin-?code|pin code|one[- ]time password|your (?:\\p{L}+ )?code|the code|code|" +
  "(?:bestätigungs|sicherheits|verifizierungs|einmal|zugangs|anmelde|freischalt|aktivierungs|login-|tür)code|mtan|sms-tan|ihr code|dein code|einmalpasswort|" +
  "code (?:de (?:vérification|confirmation|sécurité|connexion|validation)|d'accès|à usage unique|confidentiel|secret)|votre code|ton code|" +
  "código(?: de (?:verificación|confirmación|seguridad|acceso|verificação|confirmação|segurança|acesso))?|clave de acceso|seu código|tu código|" +
  "codice(?: di (?:verifica|conferma|sicurezza|accesso)| otp)?|il tuo codice|verificatiecode|beveiligingscode|toegangscode|inlogcode|je code|uw code|" +
  "kod(?: (?:weryfikacyjny|potwierdzający|dostępu|sms|jednorazowy))?|verifieringskod|engångskod|bekræftelseskode|engangskode|vahvistuskoodi|kertakäyttökoodi|ověřovací kód|bezpečnostní kód|megerősítő kód|cod(?:ul)? de (?:verificare|confirmare|securitate)|doğrulama kodu(?:nuz)?|onay kodu(?:nuz)?|κωδικός(?: επιβεβαίωσης| επαλήθευσης)?|" +
  "код(?: (?:подтверждения|доступа|безопасности|проверки|авторизации|для входа))?|пароль|рин-код|пин-код|код підтвердження|رمز التحقق|رمز التأكيد|كود التحقق|קוד אימות|קוד האימות|mã xác (?:nhận|minh)|kode (?:verifikasi|otp)";
const CODE_UNSPACED =
  "验证码|驗證碼|校验码|动态码|認証コード|確認コード|暗証番号|ワンタイムパスワード|パスコード|인증번호|인증 번호|확인 코드|비밀번호|รหัส(?: OTP| ยืนยัน)?";
const MEETING =
  "(?:meeting|webinar|conference|event|room|session|zoom|teams|webex)[ -]?(?:id|number|no|#|code)(?: \\(access code\\))?|(?:conference|phone conference|dial-?in|participant|attendee|host|guest|moderator) (?:id|code|pin)|access code|meeting-?id|besprechungs-?id|konferenz-?(?:id|nummer|raum)|id de (?:la )?(?:réunion|reunión|reunião)|id riunione|vergader(?:ings)?-?id|identyfikator spotkania|mötes-?id|идентификатор конференции";
const MEETING_UNSPACED = "会议号|会议ID|會議號|會議 ID|ミーティング ?ID|会議 ?ID|회의 ?ID";

/** Between the name and the value: up to a few words that say for what, then a verb or a colon. */
const FOR_WHAT =
  "(?: (?:for|to|für|zur?|pour|para|per|voor|do|для|from|von|de|of|your|is|to log in|to sign in)(?: [\\p{L}\\d'’.&-]{1,20}){1,5}?|(?: \\p{Script=Arabic}{1,12}){1,3}?)?";
const IS =
  "[ \"'’*)]{0,3}(?:[ \\t]{0,3}(?:[:：]|=|->|-|is:|#)[ \\t\\n]{0,4}|[ \\t]{1,3}(?:is|ist|lautet|est|es|é|è|to|jest|är|er|on|je|este|was|now|will be|again|είναι|هو|הוא)(?: now| again| jetzt)?(?:[ :]{1,4}|[ :]{0,3}\\n{1,2})|\\n{1,2}[ \\t]{0,4}|[ ]{1,2}|[是为は는은:]{1,2} ?)[\"'“„«*( [<]{0,3}";
const VALUE =
  "(?:[A-Z]{1,3}-)?(?:\\d{4,10}|\\d{2,4}(?:[ -]\\d{2,4}){1,3}|(?=[A-Z0-9-]{0,9}\\d)(?=[A-Z0-9-]{0,9}[A-Z])[A-Z0-9]{4,5}(?:-?[A-Z0-9]{2,5})?)#?";
const NAMED = pattern(
  `(?:(?<![\\p{L}\\p{N}_-])(?:${CODE})(?![\\p{L}\\p{N}_])|${CODE_UNSPACED})${FOR_WHAT}${IS}(${VALUE})`,
);
const MEETING_ID = pattern(
  `(?:(?<![\\p{L}\\p{N}_])(?:${MEETING})(?![\\p{L}\\p{N}_])|${MEETING_UNSPACED})[ "'*)]{0,2}(?:is|ist|est|es|:|=|#|：)?[ :]{0,3}(\\d{3,4}(?:[ -]?\\d{2,4}){1,4}#?)`,
);
/** The value first: "482913 is your code", "Use 482913 to sign in", "G-482913". */
const VALUE_FIRST = pattern(
  `(?<![\\p{L}\\p{N}.,:/$€£-])(${VALUE})["'’*)]{0,2} (?:is|ist|est|es|é|è|jest|är|er|je|olarak|—|-|–) (?:your|the|ihr|dein|der|votre|ton|le|tu|su|el|seu|o|il tuo|twój|din|váš|ваш|your \\p{L}{2,20}) ?(?:[\\p{L}-]{2,20} ){0,3}?(?:code|passcode|otp|pin|tan|password|verification|bestätigungscode|sicherheitscode|code|código|codice|kod|kode|kód|код|пароль)`,
);
const USED = pattern(
  `(?<![\\p{L}])(?:use|enter|type|input|geben sie|gib|verwenden sie|saisissez|entrez|utilisez|introduce|usa|ingresa|inserisci|digite|voer|wpisz|введите|używaj)(?: (?:the|this|your|den|le|el|il|o|de|following))?(?: (?:\\p{L}{1,15}-?)?(?:code|otp|pin|código|codice|kod|код))?:? ["'“„*]{0,2}(\\d{4,8}|\\d{3}[ -]\\d{3})["'”*]{0,2} (?:to|as|for|ein|um|als|pour|comme|para|como|per|in|om|aby|для|to verify|when)(?![\\p{L}])`,
);
/** The three or four digits beside the number of a card. */
const CARD_CHECK =
  /(?<![\p{L}\p{N}])(?:cvv2?|cvc2?|csc|card (?:security|verification) (?:code|value|number)|kartenprüfnummer|cryptogramme(?: visuel)?|código de seguridad de la tarjeta|cvv-код)(?![\p{L}\p{N}])[^\p{L}\p{N}\n]{0,6}(?:is |ist |est |es |was )?(\d{3,4})(?![\p{L}\p{N}])/dgiu;
const GOOGLE = /(?<![\p{L}\p{N}-])(G-\d{6})(?![\p{L}\p{N}-])/dgu;

function pattern(source: string): RegExp {
  return new RegExp(`${source}(?![\\p{Script=Latin}\\p{N}]|[.:]\\d|,\\d{3}(?!\\d)|[ ]?%)`, "dgiu");
}

/** What names something else than a way in: "postal code 10115", "error code 5001", "code 200". */
const OTHER_CODE =
  /(?:post(?:al|leit)?|zip|area|country|dial(?:l?ing)?|error|exit|status|return|response|http|source|product|promo(?:tion(?:al)?)?|discount|coupon|voucher|gift|bar|qr|sort|color|colour|dress|machine|byte|op|unicode|char(?:acter)?|key|airport|currency|language|reason|fault|event|swift|bank|tax|hs|icd|naics|build|open|booking|project|article|item|c[oó]digo postal|code postal|codice postale|fehler|rabatt)[ -]?$/iu;
const YEAR = /^(?:19|20)\d\d$/;

/** Codes that let somebody in; digits folded (`foldDigits`). */
export function findCodes(text: string): Span[] {
  const found: Span[] = [];
  for (const search of [NAMED, MEETING_ID, VALUE_FIRST, USED, GOOGLE, CARD_CHECK]) {
    for (const { index, indices, 0: match, 1: value } of text.matchAll(search)) {
      if (search === NAMED && (OTHER_CODE.test(text.slice(Math.max(0, index - 16), index)) || isUnlikely(match, value)))
        continue;
      found.push({ start: indices![1][0], end: indices![1][1] });
    }
  }
  return mergeSpans(found);
}

/** A bare "code" or "pin" needs more than a year or a word in capitals behind it. */
function isUnlikely(match: string, value: string): boolean {
  return (
    /^(?:code|the code|pin|tan|kod|código|codice|код)(?![\p{L}-])[^\d:=]{0,3}$/iu.test(
      match.slice(0, match.length - value.length),
    ) &&
    (YEAR.test(value) || !/^\d{5,8}$/.test(value))
  );
}
