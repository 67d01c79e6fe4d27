/**
 * Holds failures until a later success shows that the endpoint works. A call that fails may be the fault of what was asked or of
 * the endpoint (an outage, a spent limit reported as a 400, a crashed model, a firewall's page); only what is asked while other
 * calls still succeed can be at fault itself. Where too many fail in a row, or nothing else is under way, one harmless request shows it.
 * It does so before calls have used up their tries, so an outage costs what was under way and the tries of one request.
 */
import { UserError } from "../errors.ts";
import type { TeacherClient } from "./client.ts";
import { type EndpointName, settingOf } from "./endpoint-name.ts";
import { TeacherError } from "./teacher-error.ts";

/** Why a call failed: the endpoint turned it down, or gave no answer after all tries. */
export type FailureKind = "refused" | "unanswered";

/** What happened to a call. */
export interface Reason {
  readonly kind: FailureKind;
  readonly error: string;
}

/** A call that failed, with what the caller wants back once the endpoint has proved to work. */
export interface Failure<T> extends Reason {
  readonly about: T;
}

/** Each method that returns failures returns those that are proved to be the fault of what was asked. */
export interface Failures<T> {
  /** A mark for the call that begins now; waits while the endpoint is tested. */
  begin(): Promise<number>;
  /** A call that began at `mark` was answered. */
  answered(mark: number): Failure<T>[];
  /** Throws UserError where the endpoint is at fault. */
  failed(failure: Failure<T>): Promise<Failure<T>[]>;
  /** Nothing but failures is left to try: all that are held are proved, or UserError is thrown. */
  endPass(): Promise<Failure<T>[]>;
}

/**
 * Sorts failures of one endpoint. `inARow` (`distill.failuresInARow`) of them without a success between call the endpoint into doubt,
 * and so do as many calls that had to be tried again.
 */
export function createFailures<T>(options: {
  /** Tells of every try that failed in passing. */
  client: Pick<TeacherClient, "onSetback">;
  inARow: number;
  /** One harmless and urgent request: while it is tried, nothing else is sent. Throws TeacherError where it fails as well, and whatever ends the run. */
  test: () => Promise<unknown>;
  /** The error that ends the run; `failures` have had no success between them. */
  explain: (last: Reason, failures: number) => UserError;
  /** Aborted where calls under way show that the endpoint is at fault: none of them comes back to say so. */
  stop: AbortController;
}): Failures<T> {
  const { client, inARow, test, explain, stop } = options;
  let clock = 0; // ticks with every beginning and every failure
  let held: { failure: Failure<T>; failed: number }[] = [];
  let refusedInARow = 0;
  let testing: Promise<unknown> | null = null;
  const stumbled = new Set<object>(); // calls tried again since the last success
  const excused = new WeakSet<object>(); // those that a test was for: it showed that the endpoint works

  function release(isProved: (failed: number) => boolean): Failure<T>[] {
    const proved = held.filter(({ failed }) => isProved(failed)).map(({ failure }) => failure);
    held = held.filter(({ failed }) => !isProved(failed));
    return proved;
  }

  /** Throws where the endpoint is at fault. */
  async function runTest(last: Reason, failures: number): Promise<void> {
    const running = test().catch((error) => {
      throw error instanceof TeacherError ? explain(last, failures) : error;
    });
    testing = running;
    try {
      await running;
    } finally {
      if (testing === running) testing = null;
    }
    refusedInARow = 0;
    for (const call of stumbled) excused.add(call);
    stumbled.clear();
  }

  async function testHeld(failures: number): Promise<Failure<T>[]> {
    const began = ++clock;
    await runTest(held.at(-1)!.failure, failures);
    return release((failed) => failed < began);
  }

  client.onSetback((call, { message }) => {
    if (testing || excused.has(call) || stumbled.add(call).size < inARow) return;
    runTest({ kind: "unanswered", error: message }, stumbled.size).catch((error) => stop.abort(error));
  });

  return {
    async begin() {
      while (testing) await testing.catch(() => {}); // who started the test reports its error
      return ++clock;
    },
    answered(mark) {
      refusedInARow = 0;
      stumbled.clear();
      return held.length > 0 ? release((failed) => failed < mark) : [];
    },
    async failed(failure) {
      held.push({ failure, failed: ++clock });
      const ofKind =
        failure.kind === "refused"
          ? ++refusedInARow
          : held.filter(({ failure: { kind } }) => kind === "unanswered").length;
      return ofKind < inARow || testing ? [] : testHeld(ofKind);
    },
    async endPass() {
      await testing?.catch(() => {});
      return held.length > 0 ? testHeld(held.length) : [];
    },
  };
}

/** The error for an endpoint that has stopped working, or never did. `what` is the plural of what it failed on. */
export function explainOutage(options: {
  endpoint: Pick<EndpointName, "role" | "baseUrl" | "model">;
  last: Reason;
  failures: number;
  what: string;
  /** Whether it has ever answered. */
  worked: boolean;
}): UserError {
  const { endpoint, last, failures, what, worked } = options;
  const [baseUrl, model] = (["baseUrl", "model"] as const).map((part) => settingOf(endpoint, part));
  const turnedDown = worked
    ? `answered before, but turned down the last ${failures} ${what} and a harmless one sent to test it`
    : `turned down the first ${failures} ${what}`;
  const happened = last.kind === "refused" ? turnedDown : `failed on ${failures} ${what} in a row`;
  const check =
    last.kind === "refused" ? `Check ${baseUrl} and ${model}, and that the endpoint takes chat completions` : "";
  const slow = /TIMEOUT/.test(last.error)
    ? "Where the model is slow, raise distill.timeoutMs, such as distill.timeoutMs=300000. Else wait"
    : "Wait";
  const wait = `${slow} until it works again, or check ${baseUrl}`;
  const advice =
    check === "" ? wait : worked ? `If the reason names a limit or a crash, mend that first. ${check}` : check;
  return new UserError(
    `The ${endpoint.role} "${endpoint.model}" at ${endpoint.baseUrl} ${happened}; the last one: ${last.error.replace(/\.$/, "")}. ${advice}. ` +
      "Everything so far is kept: run the same command again and it goes on where it stopped, without paying twice.",
  );
}
