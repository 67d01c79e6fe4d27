/** What the headers of a mail say about how it was sent: read once by the parser, judged by automated.ts. */
import type { Person } from "../email.ts";

/** Signs of programs, lists and bulk mail. A source without headers (a table) has `NO_SIGNS`. */
export interface MailSigns {
  /** Auto-Submitted (RFC 3834 §5) without parameters, in lower case; "" where it is missing. */
  readonly autoSubmitted: string;
  /** Precedence in lower case: "bulk", "list", "junk", "auto_reply". */
  readonly precedence: string;
  /** A header of programs that answer by themselves (X-Autoreply, X-Autorespond, X-Auto-Reply-From). */
  readonly isAutoReply: boolean;
  /** A list that takes answers: List-Post (RFC 2369), Mailman's X-BeenThere, ezmlm's Mailing-List, X-Mailing-List. */
  readonly isDiscussion: boolean;
  /** List-Id, List-Post and X-BeenThere: the names of the list. */
  readonly listName: string;
  /** Headers of senders to many: List-Unsubscribe, Feedback-ID, X-Campaign, X-Bulkmail and kin. */
  readonly isBulk: boolean;
  /** A notice of the list program itself (X-List-Administrivia). */
  readonly isListNotice: boolean;
  /** The envelope had no sender (Return-Path: <>), as delivery reports have (RFC 5321 §4.5.5). */
  readonly isWithoutReturn: boolean;
  /** report-type of a multipart/report (RFC 6522), in lower case. */
  readonly reportType: string;
  /** METHOD of a text/calendar part (RFC 6047), in lower case. */
  readonly calendarMethod: string;
  /** Where answers go, when that is somewhere else than to the sender. */
  readonly replyTo: readonly Person[];
}

export const NO_SIGNS: MailSigns = {
  autoSubmitted: "",
  precedence: "",
  isAutoReply: false,
  isDiscussion: false,
  listName: "",
  isBulk: false,
  isListNotice: false,
  isWithoutReturn: false,
  reportType: "",
  calendarMethod: "",
  replyTo: [],
};

const AUTO_REPLY_FIELDS = ["x-autoreply", "x-autorespond", "x-auto-reply-from"];
const BULK_FIELDS = [
  "list-unsubscribe",
  "list-unsubscribe-post",
  "feedback-id",
  "x-campaign",
  "x-campaignid",
  "x-campaign-id",
  "x-mc-user",
  "x-bulkmail",
];

/** Reads the signs; `header` gives the value of a field by its name in lower case, "" where there is none. */
export function readSigns(
  header: (name: string) => string,
  { replyTo, calendarMethod }: { replyTo: readonly Person[]; calendarMethod: string },
): MailSigns {
  const value = (name: string) => header(name).trim().toLowerCase();
  const has = (name: string) => value(name) !== "";
  const post = value("list-post");
  return {
    autoSubmitted: value("auto-submitted").split(/[;\s(]/)[0],
    precedence: value("precedence"),
    isAutoReply: AUTO_REPLY_FIELDS.some((name) => has(name) && value(name) !== "no"),
    isDiscussion: (post !== "" && !/^no\b/.test(post)) || ["x-beenthere", "mailing-list", "x-mailing-list"].some(has),
    listName: [value("list-id"), post, value("x-beenthere")].join(" ").trim().slice(0, 500),
    isBulk: BULK_FIELDS.some(has),
    isListNotice: value("x-list-administrivia") === "yes",
    isWithoutReturn: value("return-path").replace(/\s/g, "") === "<>",
    reportType:
      /^multipart\/report\b.{0,200}?\breport-type\s{0,4}=\s{0,4}"?([\w-]{1,40})/s.exec(value("content-type"))?.[1] ??
      "",
    calendarMethod: calendarMethod.toLowerCase(),
    replyTo,
  };
}
