/** A mail and a reply that no endpoint has a reason to turn down: asked about them, an endpoint shows whether it works. */
export const HARMLESS_MAIL = "Subject: Lunch\n\nHi Sam,\n\nshall we have lunch on Tuesday?\n\nBest,\nKim";
export const HARMLESS_REPLY = "Hi Kim, Tuesday works for me. Best, Sam";
