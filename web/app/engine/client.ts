/** The page's side of the engine: calls with progress and abort; a worker that dies is told to all who wait, and a new one begins at the next call. */
import { type CallName, type Calls, EngineError, type FromWorker, type ToWorker } from "./protocol.ts";

/** How a call is made. */
export interface CallOptions<Name extends CallName> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Calls[Name]["event"]) => void;
}

/** The engine as the page knows it. */
export interface Engine {
  call<Name extends CallName>(
    name: Name,
    args: Calls[Name]["args"],
    options?: CallOptions<Name>,
  ): Promise<Calls[Name]["result"]>;
  /** Ends the worker and all that is in progress. */
  stop(): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  onEvent?: (event: never) => void;
}

/** An engine whose worker `start` begins; `onCrash` hears when one died. */
export function createEngine(start: () => Worker, onCrash: () => void): Engine {
  let worker: Worker | null = null;
  let lastId = 0;
  const waiting = new Map<number, Waiting>();

  const fail = (error: EngineError) => {
    worker?.terminate();
    worker = null;
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(error);
  };
  const crash = (message: string) => {
    fail(new EngineError({ kind: "crashed", message }));
    onCrash();
  };
  const running = (): Worker => {
    if (worker !== null) return worker;
    worker = start();
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      const one = waiting.get(data.id);
      if (one === undefined) return;
      if ("event" in data) {
        one.onEvent?.(data.event as never);
        return;
      }
      waiting.delete(data.id);
      if ("result" in data) one.resolve(data.result);
      else if (data.error.kind === "crashed") {
        one.reject(new EngineError(data.error));
        crash(data.error.message);
      } else one.reject(new EngineError(data.error));
    };
    worker.onerror = (event) => crash(event.message || "the engine's worker ended");
    worker.onmessageerror = () => crash("the engine's worker sent what cannot be read");
    return worker;
  };

  return {
    call: (call, args, { signal, onEvent } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(new EngineError({ kind: "aborted", message: "aborted" }));
        const id = ++lastId;
        const send = (message: ToWorker) => running().postMessage(message);
        const leave = () => {
          if (waiting.has(id)) send({ abort: id });
        };
        signal?.addEventListener("abort", leave, { once: true });
        const done = () => signal?.removeEventListener("abort", leave);
        waiting.set(id, {
          resolve: (value) => {
            done();
            resolve(value as never);
          },
          reject: (error) => {
            done();
            reject(error);
          },
          onEvent,
        });
        send({ id, call, args });
      }),
    stop: () => fail(new EngineError({ kind: "aborted", message: "stopped" })),
  };
}
