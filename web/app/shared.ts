/** What was shared to the app: the service worker put it aside and sent the page here. */

/** The cache in which the service worker leaves it; read here, written in sw.ts. */
export const SHARED_CACHE = "pocketreply-shared";
export const SHARED_PATH = "shared-mail";

/** What was shared, once; null where nothing was. */
export async function takeShared(): Promise<{ bytes: Uint8Array; name: string } | null> {
  if (location.hash !== "#shared" || !("caches" in self)) return null;
  history.replaceState(null, "", location.pathname);
  const cache = await caches.open(SHARED_CACHE);
  const found = await cache.match(SHARED_PATH);
  await cache.delete(SHARED_PATH);
  if (found === undefined) return null;
  return { bytes: new Uint8Array(await found.arrayBuffer()), name: found.headers.get("x-name") ?? "" };
}
