/** The rows and the counts of a query. While those of a new query are on their way the old ones stay in sight. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Facets } from "../../src/view/api.ts";
import { fetchFacets, fetchRows } from "./fetch.ts";
import { openRows, type Rows } from "./rows.ts";
import type { Epoch } from "./use-run.ts";

/** `shown` is a new object whenever a row has changed. */
export function useRows(query: string, epoch: Epoch) {
  const [shown, setShown] = useState<{ readonly rows: Rows; readonly query: string } | null>(null);
  const current = useRef<Rows | null>(null);
  const connection = useRef(epoch.connection);

  useEffect(() => {
    const rows = openRows({
      fetchPage: (place, signal) => fetchRows(query, place, signal),
      onChange: () => setShown({ rows, query }),
    });
    current.current = rows;
    rows.want(0, 0);
    return () => rows.close();
  }, [query]);

  useEffect(() => {
    current.current?.refresh(epoch.version, connection.current !== epoch.connection);
    connection.current = epoch.connection;
  }, [epoch]);

  return shown;
}

export function useFacets(query: string, epoch: Epoch): Facets | null {
  const [facets, setFacets] = useState<Facets | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    fetchFacets(query, stop.signal).then(setFacets, () => {}); // where it fails the list says so, and the next epoch asks again
    return () => stop.abort();
  }, [query, epoch]);
  return facets;
}
