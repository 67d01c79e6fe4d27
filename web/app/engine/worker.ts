/** The engine's worker: models on this device, the assistant's logic, and llama.cpp below them. The page only talks to it. */
import "../mail/buffer.ts";
import { UserError } from "../../../src/errors.ts";
import {
  type Assistant,
  type AssistantModel,
  createAssistant,
  isEdited,
  openResponses,
  readResponseFile,
  toEditedMail,
} from "../../../src/reply/portable.ts";
import { tellLanguage } from "../mail/language.ts";
import { readMessage } from "../mail/message.ts";
import { openModelStore } from "../store/model-store.ts";
import { SAFE_PLAN } from "./plan.ts";
import {
  type CallName,
  type Calls,
  EngineError,
  type EngineFault,
  type FromWorker,
  type ToWorker,
} from "./protocol.ts";
import { openWllamaModel, type RunningModel } from "./wllama-model.ts";

type Handlers = {
  [Name in CallName]: (
    of: { signal: AbortSignal; emit: (event: Calls[Name]["event"]) => void },
    ...args: Calls[Name]["args"]
  ) => Promise<Calls[Name]["result"]>;
};

// wllama makes its address absolute by the document's, which a worker has not.
Object.assign(self, { document: { baseURI: self.location.href } });

const store = openModelStore();
let running: RunningModel | null = null;
let openSha256 = "";
let openPlan = SAFE_PLAN;
/** The reading ahead of the model that was opened last; any other call that wants it goes first. */
let preparing = new AbortController();

/** What needs no model is answered before one is loaded. */
const withoutModel = createAssistant({} as AssistantModel, { detect: tellLanguage });

function assistant(): Assistant {
  if (running === null) throw new EngineError({ kind: "gone", message: "no model is open" });
  return createAssistant(running, { detect: tellLanguage });
}

const handlers: Handlers = {
  list: () => store.list(),
  install: ({ signal, emit }, model, from) => store.install(model, { ...from, signal, onProgress: emit }),
  remove: async (_, sha256) => {
    if (openSha256 === sha256) await closeModel();
    await store.remove(sha256);
    return null;
  },
  open: async (_, sha256, plan) => {
    const startMs = performance.now();
    const { file, model } = await store.open(sha256);
    if (openSha256 !== sha256 || openPlan.threads !== plan.threads) {
      await closeModel();
      running = await openWllamaModel(file, model.file, plan);
      openSha256 = sha256;
      openPlan = plan;
      preparing = new AbortController();
      // The first pass also has the browser compile WebAssembly anew, for speed: better now than when a mail waits.
      assistant()
        .prepare({ signal: preparing.signal })
        .catch(() => {}); // what is wrong with the engine, the first mail tells
    }
    const { name, contextTokens, threads } = running!;
    return { file: model.file, name, contextTokens, threads, loadMs: performance.now() - startMs };
  },
  measure: async (_, mostMs) => {
    if (running === null) throw new EngineError({ kind: "gone", message: "no model is open" });
    return running.measure(mostMs);
  },
  tokens: async (_, text) => {
    const { model } = assistant();
    return { engine: await (model as RunningModel).engineIds(text), ours: model.tokenizer.encode(text) };
  },
  next: ({ signal }, ids, count) => assistant().model.next(ids, { count, signal }),
  parse: (_, bytes, name) => readMessage(bytes, name),
  read: async (_, mail, file) => {
    const responses = file === null ? undefined : openResponses(readResponseFile(file, "responses"));
    const { read, trigger, leftOut, instant } = createAssistant({} as AssistantModel, {
      detect: tellLanguage,
      responses,
    });
    return { mail, reading: read(mail), trigger: trigger(mail), leftOut: leftOut(mail), instant: instant(mail) };
  },
  suggest: async ({ signal, emit }, mail) => {
    // A second sequence for the frame without the mail would double the cache's memory: no generality penalty on the device.
    for await (const event of assistant().suggest(mail, { signal, generality: 0 })) {
      if (event.type === "suggestion") emit(event.suggestion);
      else return event.suggestions;
    }
    return [];
  },
  draft: async ({ signal, emit }, mail, steering, options) => {
    for await (const event of assistant().draft(mail, steering, { ...options, signal })) {
      if (event.type === "text") emit(event.text);
      else return event.draft;
    }
    throw new EngineError({ kind: "aborted", message: "aborted" });
  },
  complete: ({ signal }, mail, typed, from) =>
    assistant().complete(mail, typed, { signal, confidence: from ?? undefined }),
  edited: async (_, mail, change) =>
    isEdited(change.draft, change.kept) ? { at: new Date().toISOString(), mail: toEditedMail(mail), ...change } : null,
  check: async (_, mail, text, line) => withoutModel.check(mail, text, { line }),
};

async function closeModel(): Promise<void> {
  openSha256 = "";
  const last = running;
  running = null;
  await last?.close();
}

const inProgress = new Map<number, AbortController>();

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  if ("abort" in data) {
    inProgress.get(data.abort)?.abort();
    return;
  }
  const { id, call, args } = data;
  if (call !== "list" && call !== "read" && call !== "check" && call !== "parse") preparing.abort();
  const abort = new AbortController();
  inProgress.set(id, abort);
  const send = (message: FromWorker) => self.postMessage(message);
  try {
    const handle = handlers[call] as (of: object, ...args: unknown[]) => Promise<unknown>;
    const result = await handle({ signal: abort.signal, emit: (event: unknown) => send({ id, event }) }, ...args);
    send({ id, result });
  } catch (error) {
    send({ id, error: explain(error, abort.signal.aborted) });
  } finally {
    inProgress.delete(id);
  }
};

function explain(error: unknown, aborted: boolean): EngineFault {
  if (error instanceof EngineError) {
    const { kind, message, missingBytes } = error;
    return { kind, message, missingBytes };
  }
  if (aborted) return { kind: "aborted", message: "aborted" };
  if (error instanceof DOMException && error.name === "QuotaExceededError")
    return { kind: "quota", message: error.message };
  if (error instanceof UserError) return { kind: "mail", message: error.message };
  return { kind: "other", message: error instanceof Error ? error.message : String(error) };
}
