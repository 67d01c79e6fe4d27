/** Errors in the shape of OpenAI's API, so that its clients show them: `{"error": {message, type, param, code}}`. */

/** A refused request. `message` goes to the client and never holds text of a mail. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly type: string;
  /** The field of the request that is wrong, or null. */
  readonly param: string | null;
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(details: {
    status: number;
    message: string;
    type?: string;
    param?: string;
    code?: string;
    headers?: Record<string, string>;
  }) {
    super(details.message);
    this.status = details.status;
    this.type = details.type ?? "invalid_request_error";
    this.param = details.param ?? null;
    this.code = details.code ?? null;
    this.headers = details.headers ?? {};
  }
}

/** A 400 that names the field. */
export function badField(param: string, message: string, code?: string): ApiError {
  return new ApiError({ status: 400, message, param, code });
}

/** The body of an error response. */
export function errorBody({ message, type, param, code }: ApiError) {
  return { error: { message, type, param, code } };
}

/** Refused before the body was read: its rest would stand in front of the next request on the connection. */
const BODY_UNREAD = [403, 404, 413, 415];

/** The response for an error. */
export function errorResponse(error: ApiError): Response {
  const headers: Record<string, string> = { ...error.headers, "content-type": "application/json" };
  if (BODY_UNREAD.includes(error.status)) headers.connection = "close";
  return new Response(JSON.stringify(errorBody(error)), { status: error.status, headers });
}

/** The server closes, and with it an answer in progress. */
export function brokenOff(): ApiError {
  return new ApiError({
    status: 503,
    message: "The answer was broken off: the server is closing.",
    type: "server_error",
  });
}
