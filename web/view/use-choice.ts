/** The draft that Accept takes: the one the person chose, else the one that stands, else the last that passes, else the last. */
import { useState } from "preact/hooks";
import type { MailDetail } from "../../src/view/api.ts";

export function useChoice(mail: MailDetail | null) {
  const [choice, setChoice] = useState<{ readonly mail: string; readonly attempt: number } | null>(null);
  const choose = (attempt: number) => mail !== null && setChoice({ mail: mail.id, attempt });
  if (mail === null) return { chosen: null, choose };
  const { decided, drafts } = mail;
  const stands = decided?.attempt ?? drafts.findLast(({ passes }) => passes)?.attempt ?? drafts.at(-1)?.attempt ?? null;
  return { chosen: choice?.mail === mail.id ? choice.attempt : stands, choose };
}
