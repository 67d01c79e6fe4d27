/** The routes of the page: its own files, and the dataset as JSON. Everything lies below a key that only the person's address holds. */
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { UserError } from "../errors.ts";
import { criteria } from "../prompts/index.ts";
import { ApiError, checkCaller, errorResponse } from "../serve/index.ts";
import {
  type BulkRequest,
  type ReviewRequest,
  type ReviewState,
  type RowPage,
  type RunInfo,
  reviewStates,
  type Status,
  statuses,
} from "./api.ts";
import { type Dataset, DecisionError, summaryOf } from "./dataset.ts";
import { countFacets, parseQuery, QueryError, selectRows } from "./query.ts";
import type { TrainingLog } from "./training.ts";
import type { TrainingPage } from "./training-api.ts";

/** What the app needs to know. */
export interface AppOptions {
  readonly dataset: Dataset;
  readonly log: TrainingLog;
  /** What does not change while the page is open. */
  readonly run: Pick<RunInfo, "name" | "teacher" | "judge" | "threshold" | "rule" | "refinements">;
  /** Whether training has read the dataset, and what to type so that decisions reach it. */
  readonly training: () => { readonly trained: boolean; readonly takeIn: string };
  /** The page, built. */
  readonly webFolder: string;
  /** The first part of every path: another user of this machine does not know it. */
  readonly key: string;
  readonly host: string;
}

/** Nothing but the page's own files: a mail cannot run, show or fetch anything, whatever the page did with it. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const MAX_BODY_BYTES = 256_000;
/** Rows of an answer. */
const MOST_ROWS = 500;
const ROWS = 100;

/** The page and its API (api.ts) below `/KEY/`. */
export function createViewApp(options: AppOptions): Hono {
  const { dataset, key, host } = options;
  const app = new Hono();
  app.onError((error) => errorResponse(explain(error)));
  app.notFound(() =>
    errorResponse(
      new ApiError({
        status: 404,
        message: "There is nothing here. Open the address that the command printed, with the key in it.",
      }),
    ),
  );
  app.use(async (c, next) => {
    checkCaller(c.req.raw.headers, { host, allowedHosts: [], allowedOrigins: [] });
    await next();
    c.header("content-security-policy", CONTENT_SECURITY_POLICY);
    c.header("x-content-type-options", "nosniff");
    c.header("referrer-policy", "no-referrer");
    c.header("cross-origin-resource-policy", "same-origin");
    c.header("cache-control", "no-store"); // mail does not belong into a browser's cache
  });

  const api = new Hono();
  api.use(async (_, next) => {
    await dataset.refresh();
    await next();
  });
  api.get("/run", (c) => c.json(describeRun(options)));
  api.get("/training", async (c) => c.json(await readTraining(options, parametersOf(c))));
  api.get("/facets", (c) => c.json(countFacets(dataset.rows, parseQuery(parametersOf(c)), dataset.version)));
  api.get("/rows", (c) => c.json(readPage(dataset, parametersOf(c))));
  api.get("/rows/:id", async (c) => c.json(found(await dataset.read(c.req.param("id")))));
  api.put("/rows/:id/review", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }), async (c) =>
    c.json(found(await dataset.decide(c.req.param("id"), await readRequest(c)))),
  );
  api.delete("/rows/:id/review", async (c) => c.json(found(await dataset.undo(c.req.param("id")))));

  api.post("/bulk", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }), async (c) =>
    c.json(await decideBulk(dataset, await c.req.json().catch(() => null))),
  );

  app.get(`/${key}`, (c) => c.redirect(`/${key}/`));
  app.route(`/${key}/api`, api);
  app.get(`/${key}/*`, (c) => sendFile(c, options));
  return app;
}

const parametersOf = (c: Context) => new URL(c.req.url).searchParams;

function describeRun({ dataset, run, training }: AppOptions): RunInfo {
  const byStatus = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>;
  const byReview = Object.fromEntries(reviewStates.map((state) => [state, 0])) as Record<ReviewState, number>;
  for (const { status, review } of dataset.rows) {
    byStatus[
      review === "none" || review === "outdated" || review === "unsure"
        ? status
        : review === "rejected"
          ? "rejected"
          : "accepted"
    ]++;
    byReview[review]++;
  }
  const { rows, version, calls, costUsd, notTakenIn } = dataset;
  const counts = { total: rows.length, byStatus, byReview, calls, costUsd, notTakenIn };
  return { ...run, criteria, version, ...counts, ...training() };
}

async function readTraining({ log, run }: AppOptions, parameters: URLSearchParams): Promise<TrainingPage> {
  const seen = { version: parameters.get("of") ?? "", from: readCount(parameters, "from", 0) };
  return { name: run.name, ...(await log.read(seen)) };
}

function readPage({ rows, version }: Dataset, parameters: URLSearchParams): RowPage {
  const found = selectRows(rows, parseQuery(parameters));
  const size = Math.min(MOST_ROWS, readCount(parameters, "size", ROWS));
  const around = parameters.get("around");
  const place = around === null ? -1 : found.findIndex(({ id }) => id === around);
  const from = place >= 0 ? Math.floor(place / size) * size : readCount(parameters, "from", 0);
  const page = found.slice(from, from + size).map(summaryOf);
  return { version, total: found.length, from, rows: page };
}

async function decideBulk({ rows, decideAll }: Dataset, value: unknown): Promise<{ decided: number }> {
  const request = value as BulkRequest | null; // checked on the next lines
  const note = request?.note ?? null;
  if (
    typeof request?.query !== "string" ||
    (request.decision !== "accept" && request.decision !== "reject") ||
    !Number.isInteger(request.expected) ||
    (note !== null && (typeof note !== "string" || note.length > 2000))
  )
    throw new ApiError({ status: 400, message: "A bulk decision is JSON with query, decision and expected." });
  const found = selectRows(rows, parseQuery(new URLSearchParams(request.query)));
  const open = found.filter(({ review }) => review === "none" || review === "unsure" || review === "outdated");
  if (open.length !== request.expected)
    throw new ApiError({
      status: 409,
      message: `There are ${open.length} undecided mails in this list now, not ${request.expected}. Look again, then decide.`,
    });
  return { decided: await decideAll(open, { decision: request.decision, note }) };
}

function readCount(parameters: URLSearchParams, name: string, otherwise: number): number {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new QueryError(`${name} is a whole number, not "${text.slice(0, 40)}".`);
}

function found<T>(value: T | null): T {
  if (value !== null) return value;
  throw new ApiError({ status: 404, message: "There is no mail of this id in the run." });
}

async function readRequest(c: Context): Promise<ReviewRequest> {
  const value: unknown = await c.req.json().catch(() => null);
  const request = value as ReviewRequest | null;
  const isText = (part: unknown) => part === undefined || part === null || typeof part === "string";
  const isSound =
    typeof request?.seen === "string" &&
    (request.decision === "accept" || request.decision === "reject" || request.decision === "unsure") &&
    isText(request.reply) &&
    isText(request.note) &&
    (request.attempt == null || Number.isInteger(request.attempt));
  if (isSound) return request;
  throw new ApiError({
    status: 400,
    message: 'A decision is JSON with seen, decision ("accept", "reject" or "unsure") and, to accept, the reply.',
  });
}

function tooLarge(): never {
  throw new ApiError({ status: 413, message: `The body is larger than ${MAX_BODY_BYTES} bytes.` });
}

/** A file of the page; any path that is none is the page itself. */
async function sendFile(c: Context, { webFolder, key }: AppOptions): Promise<Response> {
  const name = c.req.path.slice(key.length + 2) || "index.html";
  const type = CONTENT_TYPES[extname(name)];
  const isPlain = /^(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*$/.test(name); // no "..", no "\", nothing encoded
  const bytes = type && isPlain ? await readFile(join(webFolder, name)).catch(() => null) : null;
  if (!bytes) return c.notFound();
  return c.body(new Uint8Array(bytes), 200, { "content-type": type });
}

function explain(error: Error): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof QueryError) return new ApiError({ status: 400, message: error.message });
  if (error instanceof DecisionError)
    return new ApiError({ status: error.reason === "changed" ? 409 : 400, message: error.message });
  const message = error instanceof UserError ? error.message : "The server failed on this request.";
  return new ApiError({ status: 500, message, type: "server_error" });
}
