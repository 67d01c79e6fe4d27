/**
 * Mail that no person wrote to be answered. A pure function of sender, subject, text and headers, for import, for evaluation and
 * for the decision whether to draft a reply. What a mailing list's members write is a person's mail: a list that takes answers
 * (List-Post and kin), an answer ("Re:", In-Reply-To), or mail whose answers go to its own recipients is no newsletter.
 */
import type { Person } from "../email.ts";
import { type MailSigns, NO_SIGNS } from "./signs.ts";

/** What a mail is that was not written by a person to be answered. */
export type AutomatedKind = "bounce" | "autoReply" | "calendar" | "notification" | "noReply" | "newsletter";

/** The kinds in words, in the order in which they are tried. */
export const AUTOMATED_KINDS: Readonly<Record<AutomatedKind, string>> = {
  bounce: "a delivery report or a read receipt",
  autoReply: "an automatic answer, such as out of office",
  calendar: "a calendar program's notice: an invitation without words, an acceptance, a cancellation",
  notification: "written by a program: a cron job, a tracker, a commit, a list's administration",
  noReply: "from an address that takes no answers, such as no-reply@",
  newsletter: "bulk mail to many: a newsletter, an announcement, a feed, a digest",
};

/** What is looked at; without headers (`signs`) the sender, the subject and the text decide alone. */
export interface AutomatedInput {
  readonly from: Person;
  readonly to: readonly Person[];
  readonly cc?: readonly Person[];
  readonly subject: string;
  readonly text: string;
  /** It names a mail that it answers. */
  readonly isAnswer: boolean;
  readonly signs?: MailSigns;
}

/** A finding: what the mail is, and by which sign (a header or a rule, never words of the mail). */
export interface Automated {
  readonly kind: AutomatedKind;
  readonly sign: string;
}

/** What `mail` is, or null where a person seems to have written it to be answered. */
export function detectAutomated(mail: AutomatedInput): Automated | null {
  const signs = mail.signs ?? NO_SIGNS;
  const local = mail.from.address.toLowerCase().replace(/@.*$/s, "");
  const isAnswer = mail.isAnswer || ANSWER_SUBJECT.test(mail.subject);
  const facts: Facts = {
    mail,
    signs,
    local,
    isAnswer,
    isDiscussion: signs.isDiscussion || answersGoToList(mail, signs),
  };
  for (const kind of Object.keys(AUTOMATED_KINDS) as AutomatedKind[]) {
    const sign = findSign[kind](facts);
    if (sign !== null) return { kind, sign };
  }
  return null;
}

interface Facts {
  readonly mail: AutomatedInput;
  readonly signs: MailSigns;
  /** The sender's address before the @, in lower case. */
  readonly local: string;
  readonly isAnswer: boolean;
  /** It came over a list whose members answer each other. */
  readonly isDiscussion: boolean;
}

const ANSWER_SUBJECT = /^\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|sv|vs|antw|odp|ynt|r|rif|resp?)(?:\[\d{1,3}\])?\s?:/i;
const BOUNCE_SUBJECT =
  /^(?:undeliver(?:ed|able)\b|(?:returned|failed) mail\b|mail delivery (?:failed|failure|subsystem|status|system)|delivery (?:status notification|failure|has failed|incomplete|delayed|report)|failure notice|(?:warning\.? )?(?:mail|message) (?:delayed|delivery (?:failed|failure))|delayed mail|nondeliverable|message undeliverable|could not send|unzustellbar|zustellung (?:fehlgeschlagen|verzögert)|nicht zugestellt|non remis|échec de (?:la )?remise|no se puede entregar|mancato recapito|onbestelbaar)/i;
const RECEIPT_SUBJECT =
  /^(?:read|gelesen|lu|leído|letto|not read|ungelesen gelöscht|return receipt|read receipt|lesebestätigung)\b\s*[:(]/i;
const AUTO_SUBJECT =
  /^(?:(?:re|aw):\s*)?(?:(?:auto(?:matic|mated)?)[ -]?(?:reply|response|antwort|answer)\b|out[ -]of[ -](?:the )?office (?:auto|reply|response|notification|message)|autosvar|auto:|automatische antwort|automatisch antwoord|abwesenheits(?:notiz|meldung|nachricht)|réponse automatique|respuesta automática|risposta automatica|resposta automática|automatiskt svar|vacation (?:reply|response|message))/i;
/** What a person also writes ("Out of office on Monday"): a program puts a colon behind it, or has no return path. */
const ABSENT_SUBJECT =
  /^(?:out[ -]of[ -](?:the )?office|ooo|abwesend|abwesenheit|absence du bureau|fuera de la oficina|fuori sede|afwezig|frånvaro|fravær|poissa|away from (?:my )?(?:mail|desk|office)|on (?:vacation|holiday|leave))\s?(:|$)?/i;
const CALENDAR_SUBJECT =
  /^(?:(?:updated )?invitation|accepted|declined|tentative(?:ly accepted)?|cancell?ed(?: event)?|new time proposed|einladung|zugesagt|angenommen|abgelehnt|abgesagt|vorbehalt|mit vorbehalt|accepté|refusé|annulé|provisoire|aceptad[oa]|rechazad[oa]|cancelad[oa]|accettato|rifiutato|annullato|geaccepteerd|geweigerd|geannuleerd)(?: \([^)]{1,30}\))?\s?:/i;
const CALENDAR_SENDER = /^calendar(?:-notification|-server)?$/;
const FEW_WORDS = 200; // characters of text under which an invitation is taken for the calendar program's own

const PROGRAM =
  /^(?:mailer-daemon|[\w.-]{0,30}-?daemon|cron|anacron|nobody|www-data|apache|nagios|icinga|zabbix|jenkins|hudson|buildbot|bugzilla|logwatch|logcheck|majordomo|listserv|listproc|mailman|autoresponder|auto-?mailer|automailer)(?:-(?:owner|bounces|admin))?$/;
/** Programs when they write to one person, but people behind a platform when a list takes the answers (GitHub, forums). */
const PROGRAM_UNLESS_LIST =
  /^(?:notifications?|notify|notifier|notice|alerts?|alarm|system|monitor(?:ing)?|monit|jira|confluence|gitlab|github|status|account-?update|order-?(?:confirm(?:ation)?|update)|auto-?confirm|confirm(?:ation)?s?|receipts?|shipment-?tracking|tracking|security-?alerts?|calendar-notification|messages-noreply|invitations?|reminders?)$/;
const ROOT_SUBJECT = /^(?:cron|anacron)\b|<root@|\blogwatch\b|\bsecurity (?:run|check) output\b|^\*{3} security/i;
const ONE_WAY_LIST = /(?:^|[\s<:@._/-])(?:[\w.]{1,40}-)?(?:commits?|cvs|checkins?|svn|builds?|bugs?|ci)(?:[@.>\s-]|$)/;
const CONFIRM_SUBJECT =
  /^(?:confirm [0-9a-f]{16,}|your confirmation is required|welcome to the ".{1,80}" mailing list|\S{1,60} mailing list (?:memberships? reminder|probe))/i;

const NO_REPLY =
  /(?:^|[._+-])(?:no[._-]?repl(?:y|ies)|do[._-]?not[._-]?(?:reply|respond|answer|use|email)|don'?t[._-]?reply|no[._-]?(?:responder|responda|response|answer|rispondere)|nao[._-]?responda|ne[._-]?pas[._-]?repondre|(?:bitte[._-]?)?nicht[._-]?antworten|keine?[._-]?antwort|unattended|unmonitored|bounces?)(?![a-z])/;
const BULK_SENDER =
  /^(?:e?-?newsletters?|newsletter-.{1,30}|news|enews|e-news|mailings?|marketing|promo(?:tion)?s?|offers?|deals|digest|daily|weekly|announce(?:ments?)?|campaigns?|bulk|updates|specials|headlines|webster)$/;
const FEED_SENDER = /^(?:rss|atom|feeds?|rss-?feeds?|rss2email|feed2mail)(?:$|[+._-])/;
const ANNOUNCE_LIST =
  /(?:^|[\s<:@._/-])(?:[\w.]{1,40}-)?(?:announce(?:ments?)?|newsletters?|news|updates?|headlines|digests?|advisor(?:y|ies)|alerts)(?:[@.>\s-]|$)/;
const DIGEST_SUBJECT = /\bdigest,? (?:vol(?:ume)?\.?|number|no\.|issue|v)\s?\d|\bdigest (?:of|for)\b|^digest number\b/i;
const NEWSLETTER_SUBJECT = /\bnewsletter\b.{0,12}(?:#|\bno\.?|\bnr\.?|\bissue|\bvol\.?)\s?\d|\bnewsletter for \w/i;
const UNSUBSCRIBE =
  /\b(?:unsubscribe|opt[ -]?out|abbestellen|abmelden|austragen|se désabonner|désinscri|desinscri|darse de baja|cancelar (?:la )?suscripci|disiscri|annulla l'iscrizione|uitschrijven|afmelden|avprenumerera|cancel (?:your|this) subscription|removed? from (?:this|our|the) (?:mailing )?list)/i;
const SENT_TO_MANY =
  /\b(?:view (?:this (?:e-?mail|message|newsletter)|it)? ?(?:in|on) (?:your|a|the) (?:web ?)?browser|you(?:'re| are)? (?:(?:are )?receiving|receive|received) this (?:e-?mail|message|newsletter|mailing|alert)|you (?:are|have) (?:currently )?subscribed|this (?:e-?mail|message|newsletter) (?:was|is|has been) sent to|to (?:change|update|manage) your (?:e-?mail )?(?:preferences|subscription|options|profile)|sie erhalten diese (?:e-?mail|nachricht)|im browser (?:ansehen|anzeigen|öffnen)|vous recevez (?:ce|cet)|recibe(?:s)? este (?:correo|mensaje|e-?mail)|ricevi questa)/i;
const TAIL_CHARACTERS = 3000; // where a newsletter says how to leave it

const findSign: Readonly<Record<AutomatedKind, (facts: Facts) => string | null>> = {
  bounce: ({ mail, signs, local, isAnswer }) => {
    if (signs.reportType !== "") return `Content-Type: multipart/report; report-type=${signs.reportType}`;
    if (/^(?:mailer-daemon|mail-daemon|mdaemon)\b/.test(local)) return "sender mailer-daemon";
    const subject = isAnswer && !/^postmaster/.test(local) ? "" : mail.subject;
    if (
      BOUNCE_SUBJECT.test(subject) &&
      (signs.isWithoutReturn || local === "postmaster" || /mail delivery|mailer/i.test(mail.from.name))
    )
      return "subject and sender of a delivery report";
    if (
      local === "postmaster" &&
      (signs.isWithoutReturn ||
        /^failed\b|^(?:virus|banned|content) |\bwas (?:not delivered|rejected|blocked)\b/i.test(subject))
    )
      return "a report of the postmaster";
    return RECEIPT_SUBJECT.test(subject) && signs.isWithoutReturn ? "subject of a read receipt, no return path" : null;
  },
  autoReply: ({ mail, signs }) => {
    if (signs.autoSubmitted === "auto-replied") return "Auto-Submitted: auto-replied";
    if (signs.isAutoReply) return "X-Autoreply";
    if (/^auto_?reply$/.test(signs.precedence)) return "Precedence: auto_reply";
    if (AUTO_SUBJECT.test(mail.subject)) return "subject of an automatic answer";
    const absent = ABSENT_SUBJECT.exec(mail.subject);
    return absent && (absent[1] === ":" || signs.isWithoutReturn) ? "subject of an automatic answer" : null;
  },
  calendar: ({ mail, signs, local }) => {
    if (CALENDAR_SENDER.test(local)) return "sender is a calendar";
    if (signs.calendarMethod === "") return null;
    if (["reply", "cancel", "counter", "refresh", "declinecounter"].includes(signs.calendarMethod))
      return `text/calendar; method=${signs.calendarMethod}`;
    return CALENDAR_SUBJECT.test(mail.subject) || mail.text.trim().length < FEW_WORDS
      ? `text/calendar; method=${signs.calendarMethod}, no words beside it`
      : null;
  },
  notification: ({ mail, signs, local, isAnswer, isDiscussion }) => {
    if (signs.autoSubmitted !== "" && signs.autoSubmitted !== "no")
      return `Auto-Submitted: ${signs.autoSubmitted.slice(0, 40)}`;
    if (signs.isListNotice) return "X-List-Administrivia: yes";
    if (PROGRAM.test(local)) return "sender is a program";
    if (local === "root" && (ROOT_SUBJECT.test(mail.subject) || /daemon|cron/i.test(mail.from.name)))
      return "sender root, subject of a program";
    if (CONFIRM_SUBJECT.test(mail.subject)) return "subject of a list's administration";
    if (isAnswer) return null;
    if (ONE_WAY_LIST.test(signs.listName)) return "a list of commits, builds or bugs";
    return PROGRAM_UNLESS_LIST.test(local) && !isDiscussion ? "sender is a notifier" : null;
  },
  noReply: ({ mail, signs, local }) => {
    if (!NO_REPLY.test(local)) return null;
    const own = mail.from.address.toLowerCase();
    const elsewhere = signs.replyTo.some(
      ({ address }) =>
        address !== "" && address.toLowerCase() !== own && !NO_REPLY.test(address.toLowerCase().replace(/@.*$/s, "")),
    );
    return elsewhere ? null : "sender takes no answers";
  },
  newsletter: ({ mail, signs, local, isAnswer, isDiscussion }) => {
    if (FEED_SENDER.test(local)) return "sender is a feed";
    if (DIGEST_SUBJECT.test(mail.subject) && !isAnswer) return "subject of a digest";
    if (isAnswer) return null;
    if (NEWSLETTER_SUBJECT.test(mail.subject)) return "subject of a newsletter";
    if (ANNOUNCE_LIST.test(signs.listName)) return "a list of announcements";
    if (isDiscussion) return null;
    if (signs.isBulk) return "List-Unsubscribe or another header of bulk mail, on no list that takes answers";
    if (BULK_SENDER.test(local)) return "sender is a newsletter";
    const tail = mail.text.slice(-TAIL_CHARACTERS);
    if (!UNSUBSCRIBE.test(tail)) return null;
    if (/^(?:bulk|junk)$/.test(signs.precedence)) return `Precedence: ${signs.precedence}, and how to unsubscribe`;
    return SENT_TO_MANY.test(tail) || SENT_TO_MANY.test(mail.text.slice(0, TAIL_CHARACTERS))
      ? "text says how to unsubscribe and that it went to many"
      : null;
  },
};

/** Answers go where the mail itself went, not to its sender: a list without List-Post. */
function answersGoToList({ from, to, cc = [] }: AutomatedInput, { replyTo }: MailSigns): boolean {
  const recipients = new Set([...to, ...cc].map(({ address }) => address.toLowerCase()));
  return replyTo.some(
    ({ address }) =>
      address !== "" && address.toLowerCase() !== from.address.toLowerCase() && recipients.has(address.toLowerCase()),
  );
}
