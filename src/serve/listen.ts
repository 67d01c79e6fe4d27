/** An app on an address of this machine. */
import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { UserError } from "../errors.ts";

/** A socket that listens. Whoever opens it closes it. */
export interface Listening {
  /** Such as `http://127.0.0.1:8017`. */
  readonly url: string;
  /**
   * Takes no more connections and lets what is being answered end, for up to `graceMs` (0: not at all). Then `finish` ends the rest,
   * and who has not read his answer within a second is cut off.
   */
  close(finish?: () => Promise<void>, graceMs?: number): Promise<void>;
}

/** A certificate with its chain and its private key, as PEM text. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
}

/** How long an open connection may last after everything was answered. */
const CLOSE_MS = 1000;

/** Listens with `fetch`; port 0 is any free one. Throws UserError for an address that is taken or not ours, or a certificate that is none. */
export async function listen(options: {
  fetch: (request: Request) => Response | Promise<Response>;
  port: number;
  host: string;
  tls?: TlsOptions;
}): Promise<Listening> {
  const { fetch, port, host, tls } = options;
  const server = createServer(fetch, tls);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explainListenError(error, port, host)));
    server.listen(port, host, () => resolve());
  });
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `${tls ? "https" : "http"}://${name}:${address.port}`,
    async close(finish, graceMs = 0) {
      const done = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      if (graceMs > 0) await withinTime(done, graceMs);
      await finish?.();
      const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await done;
      clearTimeout(cutOff);
    },
  };
}

function createServer(fetch: (request: Request) => Response | Promise<Response>, tls: TlsOptions | undefined): Server {
  if (tls === undefined) return createAdaptorServer({ fetch }) as Server; // plain HTTP: no other createServer is given
  try {
    return createAdaptorServer({ fetch, createServer: createTlsServer, serverOptions: { ...tls } }) as Server;
  } catch (error) {
    throw new UserError(
      `The certificate and its private key cannot be used (${(error as Error).message}). Give both as PEM files that belong together: --cert FILE --key FILE.`,
    );
  }
}

/** Waits for `done`, at most `ms`. */
async function withinTime(done: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
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
