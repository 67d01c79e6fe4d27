/**
 * What a mail asks of its reader. For English the mail room's reading, and what people mean as an ask without its form: an invitation, a thing that is
 * needed by a day, half a question ("split it?"). For other languages see `asks-abroad.ts`.
 */
import { type Ask, splitSentences } from "../../mail/portable.ts";
import { findAsksAbroad } from "./asks-abroad.ts";
import { type AssistantMail, understandMail } from "./mail.ts";

const MOST_ASKS = 3;
/** ours: a longer sentence tells more than it asks. */
const LONGEST = 200;

/** At most three asks, in the order of the mail; an invitation comes first. */
export function findAsks(mail: AssistantMail, language = "en"): readonly Ask[] {
  if (language !== "en") return findAsksAbroad(mail.text, language);
  const { asks } = understandMail(mail);
  const known = (sentence: string) => asks.some((ask) => ask.sentence.includes(sentence));
  const meant = splitSentences(mail.text)
    .filter((sentence) => sentence.length <= LONGEST && !known(sentence))
    .flatMap((sentence): Ask[] => {
      const kind = INVITING.test(sentence) ? "attend" : NEEDING.test(sentence) ? "request" : null;
      return kind === null ? [] : [{ kind, text: "", times: [], sentence }];
    });
  return [
    ...meant.filter(({ kind }) => kind === "attend"),
    ...asks,
    ...meant.filter(({ kind }) => kind === "request"),
  ].slice(0, MOST_ASKS);
}

const INVITING = /\b(?:(?:like|love|want|pleased|happy) to invite you|you are (?:cordially |warmly )?invited) to\b/i;
const NEEDING =
  /^(?:I|we) (?:urgently |really |still |also )*need (?:you to\b|(?:your|the|an?) [^.!?]{3,80}\b(?:by|before|until|from you|today|tomorrow|asap)\b)/i;

/** Whether a yes or a no answers it: "Is it open?", "split it?", and no "When …?" or "Any news?". */
export function isYesOrNo({ kind, sentence }: Pick<Ask, "kind" | "sentence">): boolean {
  if (kind !== "question" || !/\?["'”’)]*\s*$/.test(sentence)) return false;
  const clause = sentence.split(/[,;:–—]\s/).at(-1) ?? "";
  if (VERB_FIRST.test(sentence)) return true;
  if (OPEN.test(sentence)) return false;
  return VERB_FIRST.test(clause) || (clause.split(/\s+/).length <= SHORT_WORDS && !NO_PROPOSAL.test(clause));
}

const VERB_FIRST =
  /^(?:and |or |but |so |also )?(?:is|are|do|does|did|can|could|will|would|shall|should|may|was|were|has|have|had)(?:n't)? /i;
const OPEN = /\b(?:who|whom|whose|what|which|when|where|why|how)\b/i;
const SHORT_WORDS = 8;
/** "Any news?", "The report?" */
const NO_PROPOSAL = /^\W{0,3}(?:and )?(?:any|the|your|my|our|questions?|ideas?|thoughts?)\b/i;
