/**
 * Which requests the server accepts. It listens on this machine only, but any web page in a browser here can send requests to
 * it, and a name that suddenly resolves to 127.0.0.1 (DNS rebinding) makes such a page look like ours. So the Host
 * header must name this machine, and a request that says it comes from a page must come from our own. Where other machines may
 * reach it, whoever asks for a model or an answer must also know a key.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { UserError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";
import { ApiError } from "./error.ts";

/** Which callers are let in. */
export interface GuardOptions {
  /** The address the server listens on. */
  readonly host: string;
  /** Further names that clients may use for this machine, for a server that others may reach. */
  readonly allowedHosts: readonly string[];
  /** Further origins (`https://example.org`) whose pages may call. */
  readonly allowedOrigins: readonly string[];
  /** The server speaks TLS: its own pages are https. */
  readonly isSecure?: boolean;
  /** Add-ons of a mail program are let in with this key; without it none is. */
  readonly addOnKey?: string;
}

/** ours: 128 bits as hexadecimal; a shorter key could be guessed over a fast network. */
const LEAST_KEY_CHARACTERS = 16;

/** Throws UserError unless `host` is loopback or there is a key that others must know. */
export function checkBind(host: string, key: string | undefined): void {
  if (key !== undefined) checkLength(key);
  if (isLoopback(host) || key !== undefined) return;
  throw new UserError(
    `Listening on ${host} would let other machines use the model and send it mail without a password. Use 127.0.0.1, or give a key (ServerOptions.key).`,
  );
}

/** Throws UserError for a key that could be guessed. */
export function checkLength(key: string): void {
  if (key.length >= LEAST_KEY_CHARACTERS) return;
  throw new UserError(`The key of the server has ${key.length} characters; it needs ${LEAST_KEY_CHARACTERS} or more.`);
}

/** Throws ApiError 401 unless the request carries `key` as `Authorization: Bearer KEY`; compares in constant time. */
export function checkKey(headers: Headers, key: string): void {
  const given = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest(); // of one length, as timingSafeEqual needs
  if (timingSafeEqual(digest(given), digest(key))) return;
  throw new ApiError({
    status: 401,
    message: "Send the key that the server printed as it began, as Authorization: Bearer KEY.",
    type: "authentication_error",
    code: "invalid_api_key",
    headers: { "www-authenticate": 'Bearer realm="pocketreply"' },
  });
}

/** An add-on's origin is another in every profile, so it is known by its key. */
const ADD_ON = /^moz-extension:\/\//;

/** Throws ApiError 403 unless Host and, where sent, Origin are ours; 401 for an add-on without the key. */
export function checkCaller(headers: Headers, options: GuardOptions): void {
  const host = headers.get("host") ?? "";
  const name = hostName(host);
  if (name === null || !isOurName(name, options)) {
    throw refuse(`The Host header names "${host.slice(0, 100)}", which is not this server.`, "host_not_allowed");
  }
  const origin = headers.get("origin");
  if (origin !== null && ADD_ON.test(origin) && options.addOnKey !== undefined) {
    checkKey(headers, options.addOnKey);
    return;
  }
  if (origin === null || isOurOrigin(origin, host, name, options) || options.allowedOrigins.includes(origin)) return;
  throw refuse(`Pages of ${origin.slice(0, 100)} may not call this server.`, "origin_not_allowed");
}

function isOurName(name: string, { host, allowedHosts }: GuardOptions): boolean {
  if (isLoopback(name) || name === host || allowedHosts.includes(name)) return true;
  return !isLoopback(host) && isIP(name) !== 0; // an address in numbers cannot be rebound
}

/** A page of this server; of a name that the person gave, also over https, for something in front of the server may speak TLS. */
function isOurOrigin(origin: string, host: string, name: string, { isSecure, allowedHosts }: GuardOptions): boolean {
  if (origin === `https://${host}`) return isSecure === true || allowedHosts.includes(name);
  return origin === `http://${host}` && isSecure !== true;
}

/** The host of a Host header, without port and brackets; null where it is none. */
function hostName(header: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header);
  return match === null ? null : (match[1] ?? match[2]).toLowerCase();
}

function refuse(message: string, code: string): ApiError {
  return new ApiError({ status: 403, message, type: "permission_error", code });
}
