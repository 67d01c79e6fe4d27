/** A mail as it is sent to the endpoints, redacted or not, and how the values return to the replies. */

import { type Email, renderEmail } from "../mail/index.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import { collectNames, createRedactor, type Redactor } from "../redact/index.ts";
import { digest } from "./data-block.ts";
import { endpointsOf } from "./endpoints.ts";

/** What is sent of a mail. */
export interface SentEmail {
  readonly id: string;
  /** The mail as the prompts hold it. */
  readonly text: string;
  /** Names the text: another text is another mail to the journal. */
  readonly digest: string;
  /** Why a reply cannot be used (it names a private detail that the mail does not have); null where it is sound. */
  readonly checkReply: (reply: string) => string | null;
  /** The reply with the private details put back. */
  readonly restore: (reply: string) => string;
}

/** How mails are sent to `endpoints`: redacted where `isRedacted` says so, with the names of everybody in the mailbox as address book. */
export async function chooseSender(
  recipe: Recipe,
  mailbox: () => AsyncIterable<Email>,
  endpoints = writerAndJudge(recipe),
): Promise<{ send: (email: Email) => SentEmail; redacted: boolean }> {
  const redacted = isRedacted(recipe, endpoints);
  if (!redacted) return { send: createSender(null), redacted };
  return { send: createSender(createRedactor({ people: await collectNames(mailbox()) })), redacted };
}

/**
 * Whether private details are replaced before a mail is sent to `endpoints`, those of distillation by default: as `distill.redact`
 * says. They see the same text, so one off this machine is enough for "auto".
 */
export function isRedacted(recipe: Recipe, endpoints = writerAndJudge(recipe)): boolean {
  const { redact } = recipe.distill;
  if (redact !== "auto") return redact === "on";
  return endpoints.some(({ baseUrl }) => !isOnThisMachine(baseUrl));
}

function writerAndJudge(recipe: Recipe): readonly Pick<Endpoint, "baseUrl">[] {
  const { teacher, judge } = endpointsOf(recipe);
  return [teacher, judge];
}

/** Whether an endpoint is the built-in one or listens on a loopback address. */
export function isOnThisMachine(baseUrl: string): boolean {
  if (baseUrl === "builtin") return true;
  if (!URL.canParse(baseUrl)) return false;
  const { hostname } = new URL(baseUrl);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Makes what is sent of a mail. Without a redactor it is the mail itself. */
function createSender(redactor: Redactor | null): (email: Email) => SentEmail {
  if (!redactor) return (email) => seal(email.id, renderEmail(email));
  return (email) => {
    const redacted = redactor.redactEmail(email);
    return {
      ...seal(email.id, renderEmail(redacted.email)),
      restore: (reply) => redacted.restore(reply),
      checkReply: (reply) => {
        const unknown = redacted.unknownPlaceholders(reply);
        return unknown.length > 0
          ? `the reply uses ${unknown.slice(0, 3).join(", ")}, which the mail does not have`
          : null;
      },
    };
  };
}

function seal(id: string, text: string): SentEmail {
  return { id, text, digest: digest(text), checkReply: () => null, restore: (reply) => reply };
}
