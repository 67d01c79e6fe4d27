/**
 * The engine that asks one endpoint many things: so many at once, answers as they come, and one rule for failures (failures.ts).
 * What was asked is blamed only where the endpoint is proved to work meanwhile; where it does not, the run ends and all stays open.
 */
import type { UserError } from "../errors.ts";
import type { Recipe } from "../recipe.ts";
import { inPasses, LATER } from "./as-they-come.ts";
import type { TeacherClient } from "./client.ts";
import { createFailures, type Failure, type Reason } from "./failures.ts";
import { TeacherError } from "./teacher-error.ts";

/** Makes one call for an item: every call goes through it, so that failures of others are weighed by its answer. */
export type MakeCall = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * Asks `items` with `ask`. An item whose call is turned down, or fails in `failedPasses` passes with all tries used, while the endpoint
 * answers others (or a harmless request), gets the result of `giveUp`. Throws what `explain` makes of an endpoint at fault, and the
 * reason of `stop`, each after the results that were under way.
 */
export async function* askMany<Item, Result>(options: {
  items: Iterable<Item>;
  rules: Pick<Recipe["distill"], "concurrency" | "openPerRequest" | "failuresInARow" | "failedPasses">;
  stop: AbortController;
  client: Pick<TeacherClient, "onSetback">;
  ask: (item: Item, call: MakeCall) => Promise<Result>;
  giveUp: (item: Item, failure: Reason) => Result;
  /** One harmless and urgent request. Throws TeacherError where it fails as well. */
  test: () => Promise<unknown>;
  explain: (last: Reason, failures: number) => UserError;
}): AsyncGenerator<Result, void> {
  const { items, rules, stop, client, ask, giveUp, test, explain } = options;
  const failures = createFailures<Item>({ client, stop, inARow: rules.failuresInARow, test, explain });
  const proved = new Map<Item, Failure<Item>[]>();

  function note(found: readonly Failure<Item>[]): void {
    for (const failure of found) proved.set(failure.about, [...(proved.get(failure.about) ?? []), failure]);
  }

  function findGivenUp(item: Item): Reason | null {
    const before = proved.get(item) ?? [];
    const refused = before.find(({ kind }) => kind === "refused");
    if (refused) return refused;
    if (before.length < rules.failedPasses) return null;
    const { kind, error } = before.at(-1)!;
    return { kind, error: before.length > 1 ? `${error}, in ${before.length} passes` : error };
  }

  const call: MakeCall = async (make) => {
    const mark = await failures.begin();
    const answer = await make();
    note(failures.answered(mark));
    return answer;
  };

  yield* inPasses<Item, Result>({
    items,
    places: rules.concurrency * rules.openPerRequest, // one that waits for its next try leaves no request unsent
    stop,
    async work(item) {
      const givenUp = findGivenUp(item);
      if (givenUp) return giveUp(item, givenUp);
      try {
        return await ask(item, call);
      } catch (error) {
        if (!(error instanceof TeacherError)) throw error;
        const kind = error.retryable ? "unanswered" : "refused";
        note(await failures.failed({ kind, error: error.message, about: item }));
        return LATER;
      }
    },
    endPass: async () => note(await failures.endPass()),
  });
}
