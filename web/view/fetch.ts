/** The calls of api.ts. Addresses are relative: the page works under any path. */
import type { BulkRequest, Facets, MailDetail, ReviewRequest, RowPage, RunInfo } from "../../src/view/api.ts";
import type { TrainingPage } from "../../src/view/training-api.ts";

/** The server said no, or (status null) nothing. */
export class ApiError extends Error {
  readonly status: number | null;
  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

export const fetchRun = () => ask<RunInfo>("run");

/** The rows of a training from a place on; all where `of` is another version. */
export const fetchTraining = ({ of, from }: { of: string; from: number }) =>
  ask<TrainingPage>(`training?${new URLSearchParams({ of, from: String(from) })}`);

export const fetchFacets = (query: string, signal: AbortSignal) => ask<Facets>(`facets?${query}`, { signal });

/** A page of the list: from a place, or the one that holds a mail. */
export type Place = { readonly from: number } | { readonly around: string };

export function fetchRows(query: string, place: Place & { readonly size: number }, signal: AbortSignal) {
  const params = new URLSearchParams(Object.entries(place).map(([key, value]) => [key, String(value)]));
  return ask<RowPage>(`rows?${[query, params.toString()].filter(Boolean).join("&")}`, { signal });
}

export const fetchMail = (id: string, signal?: AbortSignal) =>
  ask<MailDetail>(`rows/${encodeURIComponent(id)}`, { signal });

export const putReview = (id: string, review: ReviewRequest) =>
  ask<MailDetail>(`rows/${encodeURIComponent(id)}/review`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(review),
  });

export const deleteReview = (id: string) =>
  ask<MailDetail>(`rows/${encodeURIComponent(id)}/review`, { method: "DELETE" });

export const postBulk = (request: BulkRequest) =>
  ask<{ decided: number }>("bulk", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`api/${path}`, { cache: "no-store", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError("the server does not answer", null);
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer as T;
  throw new ApiError(answer?.error?.message ?? `the server answered ${response.status}`, response.status);
}
