/** The models: what is here, what the computer offers, loading, opening, deleting; and the one that is open. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ResponseFile } from "../../src/reply/portable.ts";
import type { ModelList, OfferedModel } from "../../src/serve/models-api.ts";
import type { Engine } from "./engine/client.ts";
import { choosePlan, type EnginePlan, plansToTry } from "./engine/plan.ts";
import { EngineError, type InstalledModel } from "./engine/protocol.ts";
import { keep, planOf, readKept, stepDown } from "./store/settings.ts";

/** ours, after a 554-MB model that reloaded the tab of an iPhone: weights above this are not tried there. */
export const APPLE_LIMIT_BYTES = 500_000_000;
const isAppleTouch =
  /iPhone|iPad/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);

/** Whether a model is too large for the browser of this device. */
export const isTooLarge = (model: OfferedModel): boolean => isAppleTouch && model.sizeBytes > APPLE_LIMIT_BYTES;

/** The model in its owner's words where `open` is the plain one, and the other way round: here, or to be loaded; null where there is none. */
export function otherStyle({ open, installed, offered }: ModelState): OfferedModel | InstalledModel | null {
  if (open === null) return null;
  const here = installed.filter(({ isComplete }) => isComplete);
  const all = [...here, ...(Array.isArray(offered) ? offered.filter((model) => !isTooLarge(model)) : [])];
  return all.find(({ style = null }) => (style === "mine") !== (open.style === "mine")) ?? null;
}

/** What is going on with the models. */
export interface ModelState {
  readonly installed: readonly InstalledModel[];
  /** Null until the computer has answered; "offline" where it does not. */
  readonly offered: readonly OfferedModel[] | "offline" | "refused" | null;
  readonly open: InstalledModel | null;
  readonly busy: null | {
    readonly kind: "load" | "check" | "open" | "measure";
    readonly model: OfferedModel;
    readonly doneBytes: number;
  };
  readonly fault: EngineError | null;
}

export interface Models extends ModelState {
  readonly isReady: boolean;
  load(model: OfferedModel): Promise<void>;
  cancel(): void;
  use(model: InstalledModel): Promise<void>;
  remove(model: InstalledModel): Promise<void>;
  measure(): Promise<void>;
  /** Lists again what is here and what the computer has. */
  refresh(): Promise<void>;
}

const NOTHING: ModelState = { installed: [], offered: null, open: null, busy: null, fault: null };

/** The models over `engine`; `crashes` counts how often its worker died, after which the model is opened again. */
export function useModels(engine: Engine, crashes: number): Models {
  const [state, setState] = useState<ModelState>(NOTHING);
  const change = useCallback((part: Partial<ModelState>) => setState((last) => ({ ...last, ...part })), []);
  const loading = useRef<AbortController | null>(null);

  const list = useCallback(async () => {
    const installed = await engine.call("list", []);
    change({ installed });
    return installed;
  }, [engine, change]);

  const guard = useCallback(
    async (task: () => Promise<void>) => {
      try {
        change({ fault: null });
        await task();
      } catch (error) {
        const fault = error instanceof EngineError ? error : new EngineError({ kind: "other", message: String(error) });
        change({ busy: null, fault: fault.kind === "aborted" ? null : fault });
        if (fault.kind === "gone") change({ open: null });
        await list().catch(() => {});
      }
    },
    [change, list],
  );

  const use = useCallback(
    (model: InstalledModel) =>
      guard(async () => {
        change({ busy: { kind: "open", model, doneBytes: 0 } });
        keep({ opening: model.sha256 }); // still there at the next start: it ended the page
        await engine.call("open", [model.sha256, planOf(model.sha256)]);
        keep({ opening: null, openModel: model.sha256 });
        change({ busy: null, open: model });
      }).finally(() => keep({ opening: null })),
    [engine, guard, change],
  );

  const load = useCallback(
    (model: OfferedModel) =>
      guard(async () => {
        const abort = new AbortController();
        loading.current = abort;
        void navigator.storage?.persist?.();
        change({ busy: { kind: "load", model, doneBytes: 0 } });
        const from = {
          url: new URL(`models/${encodeURIComponent(model.file)}`, location.href).href,
          key: readKept().key,
        };
        const installed = await engine.call("install", [model, from], {
          signal: abort.signal,
          onEvent: ({ phase, doneBytes }) => change({ busy: { kind: phase, model, doneBytes } }),
        });
        keep({ installed: [...new Set([...readKept().installed, model.sha256])] });
        await use(installed);
        for (const old of await list()) {
          if (old.file !== model.file || old.sha256 === model.sha256) continue;
          await engine.call("remove", [old.sha256]); // the one that this load was to replace
          forget(old.sha256);
        }
        await list();
      }),
    [engine, guard, change, use, list],
  );

  const refresh = useCallback(async () => {
    const installed = await list();
    const offered = await fetchOffered();
    change({ offered });
    return void installed;
  }, [list, change]);

  useEffect(() => {
    const leave = () => keep({ opening: null }); // a page that is left while a model starts did not die of it
    addEventListener("pagehide", leave);
    return () => removeEventListener("pagehide", leave);
  }, []);

  useEffect(() => {
    void guard(async () => {
      const { openModel, opening, installed: known } = readKept();
      const installed = await list();
      const whole = installed.filter(({ isComplete }) => isComplete);
      const wanted = whole.find(({ sha256 }) => sha256 === openModel) ?? whole[0];
      // What ended the page is not started again by itself; with fewer threads it may.
      if (wanted !== undefined && (opening !== wanted.sha256 || stepDown(wanted.sha256))) await use(wanted);
      else if (wanted === undefined && known.length > 0) {
        for (const sha of known) forget(sha);
        change({ fault: new EngineError({ kind: "gone", message: "the browser removed the model" }) });
      }
      change({ offered: await fetchOffered() });
    });
  }, [list, use, guard, change]);

  useEffect(() => {
    if (crashes > 0 && state.open !== null && crashes <= MOST_RESTARTS) {
      stepDown(state.open.sha256);
      void use(state.open).then(() => change({ fault: new EngineError({ kind: "crashed", message: "restarted" }) }));
    } else if (crashes > MOST_RESTARTS)
      change({ open: null, fault: new EngineError({ kind: "unfit", message: "it stopped again and again" }) });
  }, [crashes]);

  const remove = (model: InstalledModel) =>
    guard(async () => {
      await engine.call("remove", [model.sha256]);
      forget(model.sha256);
      if (state.open?.sha256 === model.sha256) change({ open: null });
      await list();
    });
  /** Measures one thread, and more where the device allows them; what is fastest is kept. */
  const measure = () =>
    guard(async () => {
      if (state.open === null) return;
      const { sha256 } = state.open;
      change({ busy: { kind: "measure", model: state.open, doneBytes: 0 } });
      const run = (plan: EnginePlan) => {
        keep({ plans: { ...readKept().plans, [sha256]: plan }, opening: sha256 }); // found at the next start if it ends the page
        return engine.call("open", [sha256, plan]);
      };
      const barred = readKept().barred[sha256] ?? [];
      const plans = plansToTry({ cores: navigator.hardwareConcurrency, isIsolated: crossOriginIsolated, barred });
      const found = await choosePlan(plans, async (plan, mostMs) => {
        try {
          await run(plan);
          return await engine.call("measure", [mostMs]);
        } catch (error) {
          if (stepDown(sha256)) return null;
          throw error;
        }
      }).finally(() => keep({ opening: null }));
      if (found === null) return change({ busy: null });
      await run(found.plan).finally(() => keep({ opening: null }));
      keep({ speeds: { ...readKept().speeds, [sha256]: found.speed } });
      change({ busy: null });
    });
  return {
    ...state,
    isReady: state.open !== null && state.busy?.kind !== "open",
    ...{ load, use, remove, measure, refresh },
    cancel: () => loading.current?.abort(),
  };
}

/** ours: a model that dies as often in one visit does not fit this device. */
const MOST_RESTARTS = 3;

function forget(sha: string): void {
  const { installed, openModel } = readKept();
  keep({ installed: installed.filter((one) => one !== sha), openModel: openModel === sha ? null : openModel });
}

async function fetchOffered(): Promise<ModelState["offered"]> {
  try {
    const response = await ask("models");
    if (response.status === 401) return "refused";
    if (!response.ok) return "offline";
    void keepResponses();
    const { models } = (await response.json()) as ModelList;
    keepThresholds(models);
    return models;
  } catch {
    return "offline";
  }
}

/** Takes along from when on words are offered; models that this computer has no more keep theirs. */
function keepThresholds(models: readonly OfferedModel[]): void {
  const completeFrom = { ...readKept().completeFrom };
  for (const { sha256, completeFrom: from } of models) {
    if (typeof from === "number") completeFrom[sha256] = from;
    else delete completeFrom[sha256];
  }
  keep({ completeFrom });
}

/** Takes the response set along, for mails that come where there is no network; what is no set any more is forgotten. */
async function keepResponses(): Promise<void> {
  const response = await ask("v1/responses").catch(() => null);
  if (response?.ok) keep({ responses: (await response.json()) as ResponseFile });
  else if (response?.status === 404) keep({ responses: null });
}

function ask(path: string): Promise<Response> {
  const { key } = readKept();
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  return fetch(path, { headers, cache: "no-store" });
}
