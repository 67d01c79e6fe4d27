/** Where the person is, kept in the address: the query and the open mail. Reload, back, forward and links lead to the same view. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Query, readQuery, writeQuery } from "./query.ts";

export interface Route {
  readonly query: Query;
  /** The id of the open mail. */
  readonly mail: string | null;
}

/** "push": back leads to where the person was; "replace": on the way, not worth a step. */
export type Step = "push" | "replace";

/** ours: browsers refuse more than some 20 changes of address a second, which a key held down would make. */
const SETTLE_MS = 150;

export function useRoute() {
  const [route, setRoute] = useState(readRoute);
  const now = useRef(route);
  const pending = useRef<number | undefined>(undefined);

  const flush = useCallback(() => {
    if (pending.current === undefined) return;
    clearTimeout(pending.current);
    pending.current = undefined;
    history.replaceState(history.state, "", address(now.current));
  }, []);

  const go = useCallback(
    (change: Partial<Route>, step: Step) => {
      const next = { ...now.current, ...change };
      if (step === "push") {
        flush();
        history.pushState({ opened: now.current.mail === null && next.mail !== null }, "", address(next));
      }
      now.current = next;
      setRoute(next);
      if (step === "replace") {
        clearTimeout(pending.current);
        pending.current = window.setTimeout(flush, SETTLE_MS);
      }
    },
    [flush],
  );

  /** Closes the mail: by way of back where it was opened from the list, so that back does not open it again. */
  const close = useCallback(() => {
    flush();
    if (history.state?.opened) history.back();
    else go({ mail: null }, "replace");
  }, [flush, go]);

  useEffect(() => {
    const arrive = () => {
      clearTimeout(pending.current);
      pending.current = undefined;
      now.current = readRoute();
      setRoute(now.current);
    };
    addEventListener("popstate", arrive);
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("popstate", arrive);
      removeEventListener("pagehide", flush);
    };
  }, [flush]);

  return { route, go, close };
}

function readRoute(): Route {
  const params = new URLSearchParams(location.hash.slice(1));
  return { query: readQuery(params), mail: params.get("mail") };
}

function address({ query, mail }: Route): string {
  const params = [writeQuery(query), mail === null ? "" : new URLSearchParams({ mail }).toString()];
  return `#${params.filter(Boolean).join("&")}`;
}
