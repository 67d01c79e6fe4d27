/** The service worker: begun, and asked for a newer version each time the page is looked at again. */
import { useEffect, useState } from "preact/hooks";

/** Whether a new version waits, and how it is let in: every open tab reloads, and finds its draft again. */
export function useServiceWorker(): { isWaiting: boolean; reload: () => void } {
  const [waiting, setWaiting] = useState<ServiceWorker | null>(null);
  useEffect(() => {
    if (!("serviceWorker" in navigator)) return;
    const had = navigator.serviceWorker.controller !== null;
    let isReloading = false;
    const onChange = () => {
      if (!had || isReloading) return;
      isReloading = true;
      location.reload();
    };
    navigator.serviceWorker.addEventListener("controllerchange", onChange);
    let registration: ServiceWorkerRegistration | null = null;
    const look = () => {
      if (registration?.waiting && navigator.serviceWorker.controller) setWaiting(registration.waiting);
    };
    const ask = () => {
      if (document.visibilityState === "visible") void registration?.update().catch(() => {});
    };
    void navigator.serviceWorker
      .register("./sw.js", { scope: "./" })
      .then((found) => {
        registration = found;
        look();
        found.addEventListener("updatefound", () => {
          const next = found.installing;
          next?.addEventListener("statechange", look);
        });
      })
      .catch(() => {}); // plain http, or a private window: the app works without, but not offline
    document.addEventListener("visibilitychange", ask);
    return () => {
      navigator.serviceWorker.removeEventListener("controllerchange", onChange);
      document.removeEventListener("visibilitychange", ask);
    };
  }, []);
  return { isWaiting: waiting !== null, reload: () => waiting?.postMessage("take over") };
}
