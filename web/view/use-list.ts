/** The list: the query, what it finds, and where the person is in it. */
import { useCallback } from "preact/hooks";
import { type Query, writeQuery } from "./query.ts";
import { useRoute } from "./use-route.ts";
import { useFacets, useRows } from "./use-rows.ts";
import type { Epoch } from "./use-run.ts";

export type List = ReturnType<typeof useList>;

export function useList(epoch: Epoch) {
  const { route, go, close } = useRoute();
  const query = writeQuery(route.query);
  const facets = useFacets(query, epoch);
  const shown = useRows(query, epoch);
  const change = useCallback(
    (changed: Partial<Query>) => go({ query: { ...route.query, ...changed } }, "push"),
    [go, route.query],
  );

  function open(id: string) {
    if (id === route.mail) return;
    go({ mail: id }, route.mail === null ? "push" : "replace");
  }

  return {
    query: route.query,
    /** `query` as the address and the server have it. */
    written: query,
    openMail: route.mail,
    facets,
    shown,
    /** Mails that the query lets through; null until the server has said. */
    total: shown?.rows.total ?? null,
    change,
    open,
    close,
  };
}
