/**
 * The client of one OpenAI-compatible endpoint: `complete` sends a chat completion and comes back with a usable answer
 * or one error that says what must happen next. Retries live here; how fast requests may go is the pacer's business.
 */
import { setMaxListeners } from "node:events";
import { UserError } from "../errors.ts";
import { endpointUrl, requestHeaders } from "./address.ts";
import {
  type Completion,
  type DroppableParameter,
  findDroppable,
  isForeign,
  PLAIN_WIRE,
  parseCompletion,
  requestBody,
  type TeacherRequest,
  type Wire,
} from "./chat-completion.ts";
import { backoffMs, type Clock, systemClock } from "./clock.ts";
import { type EndpointName, settingOf } from "./endpoint-name.ts";
import { type Connections, type HttpAnswer, openConnections } from "./exchange.ts";
import type { Pacer } from "./pacer.ts";
import {
  explainNetwork,
  explainNoApi,
  explainStatus,
  explainUnreadable,
  isPage,
  readErrorBody,
  readErrorStatus,
  TeacherError,
} from "./teacher-error.ts";

export interface TeacherClient {
  /** True once this process has had a usable answer from the endpoint. */
  readonly worked: boolean;
  /** Parameters that the endpoint turned down and that are no longer sent. */
  readonly dropped: readonly string[];
  /**
   * Throws UserError where the run cannot go on (key, model, address, quota), TeacherError where this call failed:
   * not retryable where the request itself is refused, retryable where all tries are used up.
   */
  complete(request: TeacherRequest): Promise<Completion>;
  /** Calls `listener`, one for all, after each try that failed in passing: an outage, a gateway's slip. A limit that was met is none. */
  onSetback(listener: (request: TeacherRequest, error: TeacherError) => void): void;
  /** Closes the connections kept for the next request. */
  close(): void;
}

/** ours: an endpoint that has never answered, or never as an API does, is not tried more often than this by all calls together. */
const SILENT_TRIES = 3;
/** ours: so many answers in a row that are no completion, over all calls, end the run: what spoils them spoils all, and each may be billed. */
const UNREADABLE_AT_FIRST = 5;
/** ours: of an endpoint that has answered; above 50, for all that is in flight may break off at once. */
const UNREADABLE_LATER = 60;
/** ours: the request that tests an endpoint is tried so many times more: it alone must outlast the outage, 45 s with the waits of the recipe. */
const MORE_TEST_TRIES = 2;
/** A larger answer is no answer to this request. */
const MAX_RESPONSE_BYTES = 4 << 20;

/** ours: a call that meets nothing but limits for so long is given up. */
const LONGEST_REFUSED_MS = 15 * 60_000;
/** OpenAI's rule of thumb, until the endpoint's own counts say better. */
const TOKENS_PER_CHARACTER = 1 / 4;

export interface ClientOptions {
  readonly endpoint: EndpointName;
  readonly apiKey: string | null;
  /** What the recipe adds to every request. */
  readonly wire?: Wire;
  readonly pacer: Pacer;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Cuts requests in flight. */
  readonly signal?: AbortSignal;
  /** Once aborted, nothing waits and no request starts; those in flight, already paid for, may finish. An error that ends the run aborts it here, before the next request. */
  readonly stop?: AbortController;
  readonly clock?: Clock;
  /** The way requests go; the endpoint's own address by default. */
  readonly connections?: Connections;
}

export function createClient(options: ClientOptions): TeacherClient {
  const { endpoint, pacer, retries, stop, clock = systemClock } = options;
  const connections = options.connections ?? openConnections(completionsUrl(endpoint));
  const wire = options.wire ?? PLAIN_WIRE;
  const headers = requestHeaders(endpoint.baseUrl, options.apiKey, wire.headers);
  const history = { reached: false, worked: false, silentTries: 0, foreignTries: 0, unreadable: 0 };
  const dropped = new Set<DroppableParameter>();
  const tokensPerCharacter = createMean(TOKENS_PER_CHARACTER);
  let tellSetback: (request: TeacherRequest, error: TeacherError) => void = () => {};
  for (const signal of [options.signal, stop?.signal]) if (signal) setMaxListeners(0, signal); // one listener a request in flight is no leak

  async function complete(request: TeacherRequest): Promise<Completion> {
    const release = request.isUrgent ? pacer.hold() : null;
    const completion = await tryAll(request);
    release?.(); // else the caller ends the run: what waits is not sent to an endpoint that has failed its test
    return completion;
  }

  async function tryAll(request: TeacherRequest): Promise<Completion> {
    const startedMs = clock.now();
    const mostRetries = retries + (request.isUrgent ? MORE_TEST_TRIES : 0);
    let refusals = 0; // of a limit: they say nothing against the request and use up no retry
    for (let tries = 1; ; tries++) {
      const result = await tryOnce(request, tries);
      if (!(result instanceof Error)) return result;
      if (result instanceof UserError) throw result;
      if (result.status === null || result.status === 200) await request.onLostTry?.();
      if (isRefusal(result) && clock.now() - startedMs < LONGEST_REFUSED_MS) refusals++;
      else if (!result.retryable || tries - refusals > mostRetries) throw withAttempts(result, tries);
      else if (isSetback(result) && !request.isUrgent) tellSetback(request, result);
      const { backoffMs: baseMs, maxBackoffMs: maxMs } = options;
      await clock.sleep(backoffMs({ tries, baseMs, maxMs, retryAfterMs: result.retryAfterMs, clock }), stop?.signal);
    }
  }

  /** One try, and another at once where the endpoint turns down a parameter that it can do without. */
  async function tryOnce(request: TeacherRequest, tries: number): Promise<Completion | UserError | TeacherError> {
    for (;;) {
      const before = dropped.size;
      const result = await sendOnce(request, tries);
      if (!(result instanceof Error) || dropped.size === before) return result;
    }
  }

  async function sendOnce(request: TeacherRequest, tries: number): Promise<Completion | UserError | TeacherError> {
    const encode = () => JSON.stringify(requestBody(endpoint.model, request, dropped, wire));
    let body = encode();
    const known = dropped.size;
    const promptTokens = Math.ceil(body.length * tokensPerCharacter.mean);
    const estimatedTokens = promptTokens + request.maxTokens;
    const ticket = await pacer.admit(
      { model: endpoint.model, estimatedTokens, isUrgent: request.isUrgent },
      stop?.signal,
    );
    if (dropped.size !== known) body = encode(); // another call has met the refusal while this one waited
    const startedAt = clock.now();
    let answer: HttpAnswer | null = null;
    let completion: Completion | null = null;
    let failure: UserError | TeacherError | null = null;
    try {
      const { timeoutMs, signal } = options;
      answer = await connections.post({
        body,
        headers,
        timeoutMs,
        maxBytes: MAX_RESPONSE_BYTES,
        signal,
        id: request.id,
      });
      history.reached = true;
      if (answer.status !== 200) {
        dropParameter(answer, dropped, wire);
        failure = explainStatus(answer, endpoint, history.worked);
        return halt(failure);
      }
      const parsed = parseCompletion(answer.text);
      if (typeof parsed === "string") {
        const inside = readErrorStatus(answer.text);
        if (inside === null) {
          if (!history.worked && isForeign(answer.text) && ++history.foreignTries >= SILENT_TRIES) {
            const { message } = readErrorBody(answer.text);
            failure = explainNoApi(isPage(answer.text) ? `${parsed}: ${message}` : parsed, endpoint);
            return halt(failure);
          }
          if (++history.unreadable >= (history.worked ? UNREADABLE_LATER : UNREADABLE_AT_FIRST)) {
            failure = explainUnreadable({ defect: parsed, answer: answer.text }, endpoint, history);
            return halt(failure);
          }
          return new TeacherError(`${parsed} from ${endpoint.baseUrl}`, { status: 200, retryable: true });
        }
        failure = explainStatus({ ...answer, status: inside }, endpoint, history.worked);
        return halt(failure);
      }
      history.worked = true;
      history.unreadable = 0;
      completion = { ...parsed, latencyMs: clock.now() - startedAt, retries: tries - 1 };
      if (completion.usage?.promptTokens) tokensPerCharacter.add(completion.usage.promptTokens / body.length);
      return completion;
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      const isSilent = !history.reached && ++history.silentTries >= SILENT_TRIES;
      failure = explainNetwork(error, endpoint, isSilent ? "silent" : history.reached ? "reached" : "new");
      return halt(failure);
    } finally {
      const { usage } = completion ?? {};
      const { retryAfterMs, pushback } = failure instanceof TeacherError ? failure : NO_PUSHBACK;
      ticket.settle({
        status: answer?.status ?? null,
        headers: answer?.headers ?? null,
        retryAfterMs,
        pushback,
        tokens: usage ? (usage.promptTokens || promptTokens) + usage.completionTokens : null, // Ollama: 0 for a cached prompt
        latencyMs: clock.now() - startedAt,
      });
    }
  }

  function halt(error: UserError | TeacherError): UserError | TeacherError {
    if (error instanceof UserError) stop?.abort(error);
    return error;
  }

  return {
    complete,
    onSetback(listener) {
      tellSetback = listener;
    },
    close: () => connections.close(),
    get worked() {
      return history.worked;
    },
    get dropped() {
      return [...dropped];
    },
  };
}

/** Where an endpoint takes chat completions. Throws UserError where its address is none. */
export function completionsUrl(endpoint: Pick<EndpointName, "role" | "baseUrl">): string {
  const { role, baseUrl } = endpoint;
  if (!/^https?:\/\/./.test(baseUrl) || !URL.canParse(baseUrl)) {
    const builtin = role === "evaluate.predictor" || role === "endpoint" ? "" : '"builtin" or '; // which answers no plain mail
    throw new UserError(
      `${settingOf(endpoint, "baseUrl")} is "${baseUrl}", which is no address. Give ${builtin}a URL such as https://api.openai.com/v1.`,
    );
  }
  return endpointUrl(baseUrl, "/chat/completions");
}

const NO_PUSHBACK = { retryAfterMs: null, pushback: null };

/** Whether a limit was met: the same request will be answered once there is room. */
function isRefusal({ retryable, pushback }: TeacherError): boolean {
  return retryable && pushback !== null && pushback.kind !== "timeout" && pushback.kind !== "overload";
}

/** Whether the endpoint itself was away; answers that are no completion are counted apart. */
function isSetback({ status, isOfEndpoint }: TeacherError): boolean {
  return isOfEndpoint && status !== 200;
}

/** A running mean that starts at `first` and follows the newer values. */
function createMean(first: number) {
  let mean = first;
  return {
    get mean() {
      return mean;
    },
    add(value: number): void {
      mean += (value - mean) / 20;
    },
  };
}

function withAttempts(error: TeacherError, attempts: number): TeacherError {
  const { status, retryable, retryAfterMs, pushback, isOfEndpoint, message } = error;
  const text = attempts > 1 ? `${message} (tried ${attempts} times)` : message;
  return new TeacherError(text, { status, retryable, retryAfterMs, attempts, pushback, isOfEndpoint });
}

/** Statuses of refused parameters; of llama.cpp a template that knows no system role ends as a 500. */
const refusing = new Set([400, 404, 415, 422, 500, 501]);

/** Notes the parameter that a refusal complains about, if it is one that can be left out and the recipe does not insist on it. */
function dropParameter(
  { status, text }: Pick<HttpAnswer, "status" | "text">,
  dropped: Set<DroppableParameter>,
  { responseFormat }: Wire,
): void {
  const found = refusing.has(status) ? findDroppable(text, { byWords: status >= 404 && status !== 422 }) : undefined;
  if (found && !(found === "response_format" && responseFormat === "schema")) dropped.add(found);
}
