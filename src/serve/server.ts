/** The reply model behind HTTP on this machine, in the shape of OpenAI's API. */

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { UserError } from "../errors.ts";
import { type DeviceOptions, openReplier } from "../reply/index.ts";
import { createApp } from "./app.ts";
import { checkBind } from "./guard.ts";

/** How the server is started; only `gguf` is needed. */
export interface ServerOptions extends DeviceOptions {
  readonly gguf: string;
  /** 0 (default): any free one. */
  readonly port?: number;
  /** Default 127.0.0.1; another address than loopback needs `allowRemote`. */
  readonly host?: string;
  readonly allowRemote?: boolean;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly contextTokens?: number;
  readonly maxReplyTokens?: number;
  readonly maxBodyBytes?: number;
  readonly queuePlaces?: number;
  /** Takes a line for each request, without any text of a mail; default: nothing is logged. */
  readonly log?: (line: string) => void;
}

/** A server that listens. Whoever starts it closes it. */
export interface RunningServer {
  /** Such as `http://127.0.0.1:8017`; the API is below `/v1`. */
  readonly url: string;
  readonly model: string;
  /** Breaks off what is being answered, frees port and model. */
  close(): Promise<void>;
}

/** ours: as evaluation measures, `evaluate.maxReplyTokens`. */
const MAX_REPLY_TOKENS = 160;
/** ours: the longest mail that is imported has 12,000 characters; as JSON escapes that is 72,000 bytes. */
const MAX_BODY_BYTES = 256_000;
/** ours: at two seconds a reply the last waits half a minute. */
const QUEUE_PLACES = 16;
/** How long an open connection may last after everything was answered. */
const CLOSE_MS = 1000;

/** Loads the model and listens. Throws UserError for an address that is taken, not ours, or open to other machines. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { gguf, port = 0, host = "127.0.0.1", allowRemote = false, allowedHosts = [], allowedOrigins = [] } = options;
  checkBind(host, allowRemote);
  const replier = await openReplier(gguf, options);
  const closing = new AbortController();
  const app = createApp({
    replier,
    guard: { host, allowedHosts, allowedOrigins },
    maxReplyTokens: options.maxReplyTokens ?? Math.min(MAX_REPLY_TOKENS, replier.contextTokens >> 1),
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    queuePlaces: options.queuePlaces ?? QUEUE_PLACES,
    closing: closing.signal,
    log: options.log ?? (() => {}),
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server; // plain HTTP: no other createServer is given
  try {
    await listen(server, port, host);
  } catch (error) {
    await replier.close();
    throw error;
  }
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    model: replier.name,
    async close() {
      closing.abort();
      const done = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await replier.close();
      // The broken-off answer still gets its response; who does not read it is cut off.
      const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await done;
      clearTimeout(cutOff);
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explainListenError(error, port, host)));
    server.listen(port, host, () => resolve());
  });
}

function explainListenError(error: NodeJS.ErrnoException, port: number, host: string): unknown {
  switch (error.code) {
    case "EADDRINUSE":
      return new UserError(`Port ${port} of ${host} is taken. Choose another with --port, or 0 for any free one.`);
    case "EACCES":
      return new UserError(`Port ${port} needs more rights than you have. Choose one from 1024 on with --port.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new UserError(`${host} is no address of this machine. Use 127.0.0.1.`);
    default:
      return error;
  }
}
