/** An app on an address of this machine. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { UserError } from "../errors.ts";

/** A socket that listens. Whoever opens it closes it. */
export interface Listening {
  /** Such as `http://127.0.0.1:8017`. */
  readonly url: string;
  /** Takes no more requests, and cuts off who has not read his answer within a second. `finish` ends what is being answered. */
  close(finish?: () => Promise<void>): Promise<void>;
}

/** How long an open connection may last after everything was answered. */
const CLOSE_MS = 1000;

/** Listens with `fetch`; port 0 is any free one. Throws UserError for an address that is taken or not ours. */
export async function listen(options: {
  fetch: (request: Request) => Response | Promise<Response>;
  port: number;
  host: string;
}): Promise<Listening> {
  const { fetch, port, host } = options;
  const server = createAdaptorServer({ fetch }) as Server; // plain HTTP: no other createServer is given
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explainListenError(error, port, host)));
    server.listen(port, host, () => resolve());
  });
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    async close(finish) {
      const done = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await finish?.();
      const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await done;
      clearTimeout(cutOff);
    },
  };
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
