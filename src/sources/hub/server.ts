/** Requests to a Hugging Face hub, and what its refusals mean. */
import { UserError } from "../../errors.ts";

/** Where the hub is and who asks. */
export interface HubServer {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly token: string | null;
  readonly signal?: AbortSignal;
}

/** The hub that the environment names, as Hugging Face's own tools read it: HF_ENDPOINT and HF_TOKEN. */
export function hubServer(signal?: AbortSignal): HubServer {
  return {
    baseUrl: (process.env.HF_ENDPOINT || "https://huggingface.co").replace(/(?<!\/)\/+$/, ""),
    token: process.env.HF_TOKEN || null,
    signal,
  };
}

/** Something the hub did; `isRetryable` where waiting may help. */
export class HubProblem extends UserError {
  override name = "HubProblem";
  readonly isRetryable: boolean;
  private readonly retryAfterMs: number | undefined;

  constructor(message: string, { isRetryable, retryAfterMs }: { isRetryable: boolean; retryAfterMs?: number }) {
    super(message);
    this.isRetryable = isRetryable;
    this.retryAfterMs = retryAfterMs;
  }

  /** How long to wait before the next attempt: what the server says, else doubled each time, with jitter. */
  waitMs(attempt: number): number {
    return this.retryAfterMs ?? Math.random() * Math.min(30_000, FIRST_WAIT_MS * 2 ** attempt);
  }
}

const FIRST_WAIT_MS = 1000;
const CONNECT_TIMEOUT_MS = 30_000;
/** A GET with the token; a failure to connect is explained. */
export async function hubGet(server: HubServer, url: string, headers: Record<string, string>): Promise<Response> {
  const { baseUrl, token, signal } = server;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), CONNECT_TIMEOUT_MS);
  try {
    return await fetch(url, {
      headers: { "user-agent": "pocketreply", ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    const cause = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    const why = timeout.signal.aborted ? "no answer in 30 s" : (cause.code ?? cause.message);
    throw new HubProblem(`${baseUrl} cannot be reached (${why}). Check the network, or HF_ENDPOINT where it is set.`, {
      isRetryable: true,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Says what a refusal means and what to do. */
export function refused(response: Response, { baseUrl, token }: HubServer, what: string): HubProblem {
  const { status } = response;
  const retryAfter = Number(response.headers.get("retry-after"));
  if (status === 401 || status === 403) {
    const todo = token
      ? "The token in HF_TOKEN is not valid or has no access: accept the terms on the data set's page, or make a new token."
      : "It is private or gated, or the name is wrong: check the name, accept the terms on its page and put a token into HF_TOKEN.";
    return new HubProblem(`${baseUrl} refuses ${what} (${status}). ${todo}`, { isRetryable: false });
  }
  if (status === 404) {
    return new HubProblem(`${baseUrl} knows no such thing: ${what} (404). Check owner, name and revision.`, {
      isRetryable: false,
    });
  }
  const isRetryable = status === 429 || status >= 500;
  return new HubProblem(`${baseUrl} answered ${status} for ${what}.`, {
    isRetryable,
    ...(retryAfter > 0 ? { retryAfterMs: Math.min(retryAfter, 300) * 1000 } : {}),
  });
}
