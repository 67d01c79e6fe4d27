/** The run, asked for every few seconds while the page is in sight: whoever waits for it to change looks at `epoch`. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { RunInfo } from "../../src/view/api.ts";
import { ApiError, fetchRun } from "./fetch.ts";

/** ours */
const POLL_MS = 3000;

/** When what is shown was true: another version of the run, or another server, is another epoch. */
export interface Epoch {
  readonly version: number;
  readonly connection: number;
}

export function useRun() {
  const [run, setRun] = useState<RunInfo | null>(null);
  const [epoch, setEpoch] = useState<Epoch>({ version: 0, connection: 0 });
  const [trouble, setTrouble] = useState<string | null>(null);
  const isDown = useRef(false);

  const poll = useCallback(async () => {
    try {
      const next = await fetchRun();
      const connection = isDown.current ? 1 : 0;
      isDown.current = false;
      setTrouble(null);
      setRun((old) => (JSON.stringify(old) === JSON.stringify(next) ? old : next));
      setEpoch((old) =>
        connection === 0 && old.version === next.version
          ? old
          : { version: next.version, connection: old.connection + connection },
      );
    } catch (error) {
      isDown.current = true;
      const said = error instanceof ApiError && error.status !== null ? error.message : null;
      setTrouble(said ?? "The server does not answer. Is “pocketreply view” still running?");
    }
  }, []);

  useEffect(() => {
    let timer: number | undefined;
    let asking = false;
    const look = async () => {
      if (asking || document.visibilityState !== "visible") return;
      clearTimeout(timer);
      asking = true;
      await poll();
      asking = false;
      timer = window.setTimeout(look, POLL_MS);
    };
    void look();
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [poll]);

  return { run, epoch, trouble, poll };
}
