/**
 * How many requests are worth having in flight. Until the endpoint has answered once, and not with a refusal: one, so that a
 * wrong key, an empty account or a dead server costs one call and not fifty. Then all that the recipe allows, unless the
 * endpoint announces no limits (vLLM, Ollama, llama.cpp): there more requests may only queue, which shows as latency. By
 * Little's law requests in flight / mean latency is what gets done; the climb to more of them, or down to fewer, goes on
 * while that pays, or while answers come at once.
 */

/** How a request ended, as far as it matters here. */
export interface Flight {
  /** "lost": no answer in time, or an endpoint that says it is overloaded. "refused": the endpoint turned it down; says nothing of load. */
  readonly end: "answered" | "failed" | "lost" | "refused";
  /** An HTTP answer came, of whatever kind. */
  readonly heard: boolean;
  readonly latencyMs: number;
  /** It began under the present limit. */
  readonly epoch: number;
  /** The endpoint announces rate limits: what it does not want it refuses, and a long answer is just long. */
  readonly announcesLimits: boolean;
  /** All places were taken while it was under way. */
  readonly busy: boolean;
}

export interface Concurrency {
  /** How many may be in flight now. */
  readonly limit: number;
  /** Changes with the limit; a request keeps the one it began in. */
  readonly epoch: number;
  settle(flight: Flight): void;
}

/** ours: an answer within a second is no queue worth shortening. */
const QUICK_MS = 1000;
/** ours: where the climb begins. */
const FIRST_LIMIT = 4;
/** ours: twice as many in flight must get at least a quarter more done. */
const WORTHWHILE = 0.25;
/** ours: above this share of lost requests there are too many in flight. */
const LOST_SHARE = 0.2;
/** ours: so many epochs at the limit that was found best before the next look around. */
const HOLD_EPOCHS = 8;

/** The controller; `most` is the recipe's limit (paper §3.2.1: 50). */
export function createConcurrency(most: number): Concurrency {
  let limit = 1;
  let probing = true;
  let epoch = 0;
  let answered = 0;
  let lost = 0;
  let busy = 0;
  let latencySumMs = 0;
  let before: { limit: number; rate: number } | null = null;
  let direction: "up" | "down" = "up";
  let hold = 0;
  let climbs = true; // for the first time, while answers come at once: a short look is enough

  function begin(next: number): void {
    limit = Math.max(1, Math.min(most, next));
    epoch++;
    answered = 0;
    lost = 0;
    busy = 0;
    latencySumMs = 0;
  }

  function explore(rate: number): void {
    before = { limit, rate };
    const next = direction === "up" ? Math.min(most, limit * 2) : Math.max(1, limit >> 1);
    if (next === limit) rest();
    else begin(next);
  }

  /** Stays where it is for a while; then looks the other way. */
  function rest(): void {
    before = null;
    hold = HOLD_EPOCHS;
    direction = limit === most ? "down" : "up";
    begin(limit);
  }

  function endEpoch(announcesLimits: boolean): void {
    const meanMs = latencySumMs / answered;
    if (lost > 0 || meanMs >= QUICK_MS || limit === most) climbs = false;
    if (lost > LOST_SHARE * (answered + lost)) {
      begin(limit >> 1);
      rest();
    } else if (announcesLimits) begin(Math.ceil(limit * 1.25));
    else if (meanMs < QUICK_MS) {
      before = null;
      direction = limit === most ? "down" : "up";
      begin(limit * 2);
    } else if (busy < answered / 2 || hold > 0) {
      hold = Math.max(0, hold - 1);
      begin(limit); // too little to do to learn anything, or known well enough
    } else compare(limit / meanMs);
  }

  /** Goes on in the same direction while that pays, else back to where it came from. */
  function compare(rate: number): void {
    if (!before) {
      explore(rate);
      return;
    }
    const now = { limit, rate };
    const [few, many] = limit < before.limit ? [now, before] : [before, now];
    const gain = (many.rate / few.rate - 1) / (many.limit / few.limit - 1);
    const better = gain >= WORTHWHILE ? many : few;
    if (better === now) explore(rate);
    else {
      begin(before.limit);
      rest();
    }
  }

  return {
    get limit() {
      return limit;
    },
    get epoch() {
      return epoch;
    },
    settle(flight) {
      const { end, latencyMs, announcesLimits } = flight;
      if (end === "refused") return;
      if (probing) {
        if (!flight.heard) return;
        probing = false;
        begin(announcesLimits ? most : FIRST_LIMIT);
        return;
      }
      if (flight.epoch !== epoch || end === "failed") return;
      if (end === "lost") lost++;
      else {
        answered++;
        latencySumMs += latencyMs;
        if (flight.busy) busy++;
      }
      const enough = climbs ? Math.max(FIRST_LIMIT, limit) : Math.max(8, 2 * limit);
      if (answered + lost >= enough) endEpoch(announcesLimits);
    },
  };
}
