/** How a call is named wherever it is kept, so that an answer finds its call again after a restart. */

/** A call as the journal names it, across sessions. */
export function nameCall(call: { emailId: string; kind: string; round: number; repeat: number }): string {
  return [call.emailId, call.kind, call.round, call.repeat].join("/");
}
