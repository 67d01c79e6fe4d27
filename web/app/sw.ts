/** The service worker: the app's own files from a cache of this version, what was shared to the app, and nothing else. It never keeps a model. */
import { SHARED_CACHE, SHARED_PATH } from "./shared.ts";

/** Set by the build: the files that every device needs, and a hash over all. */
declare const PRECACHE: readonly string[];
/** Files that are kept once they were asked for. */
declare const LATER: readonly string[];
declare const VERSION: string;

/** What of the service worker's scope is used here; the DOM's types do not hold it beside those of a page. */
interface WorkerScope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", heard: (event: Extendable) => void): void;
  addEventListener(type: "fetch", heard: (event: Fetching) => void): void;
  addEventListener(type: "message", heard: (event: MessageEvent) => void): void;
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(response: Response | Promise<Response>): void;
}
const scope = self as unknown as WorkerScope;

const CACHE = `pocketreply-${VERSION}`;
const HOME = new URL("./", scope.location.href).pathname;

scope.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(PRECACHE.map((path) => new Request(path, { cache: "reload" })))),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith("pocketreply-") && name !== CACHE && name !== SHARED_CACHE) await caches.delete(name);
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener("message", ({ data }) => {
  if (data === "take over") void scope.skipWaiting();
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== scope.location.origin) return;
  if (request.method === "POST" && pathname === `${HOME}share`) event.respondWith(takeShared(request));
  if (request.method !== "GET") return;
  const path = pathname === HOME || request.mode === "navigate" ? "./" : `./${pathname.slice(HOME.length)}`;
  if (PRECACHE.includes(path) || LATER.includes(path)) event.respondWith(fromCache(request, path));
});

async function fromCache(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const found = await cache.match(path);
  if (found !== undefined) return found;
  const response = await fetch(request);
  if (response.ok && LATER.includes(path)) await cache.put(path, response.clone()).catch(() => {}); // without room it is fetched again
  return response;
}

/** Puts aside what was shared: a file, or a text below its title as the subject; the page takes it from there. */
async function takeShared(request: Request): Promise<Response> {
  const form = await request.formData().catch(() => new FormData());
  const file = form.get("mail");
  const [title, text] = ["title", "text"].map((name) => String(form.get(name) ?? "").trim());
  const named = title === "" || text.startsWith(title) ? text : `Subject: ${title.replace(/\s+/g, " ")}\n\n${text}`;
  const isFile = file instanceof File && file.size > 0;
  const headers = { "x-name": encodeURIComponent(isFile ? file.name : "") };
  const cache = await caches.open(SHARED_CACHE);
  await cache.put(SHARED_PATH, new Response(isFile ? file : named, { headers }));
  return Response.redirect("./#shared", 303);
}
