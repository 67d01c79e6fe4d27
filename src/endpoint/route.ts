/** The way to a server: straight, or through the proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name, as curl reads them. */
import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { urlToHttpOptions } from "node:url";
import { UserError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";

/** Kept connections, and how a request to a URL is opened on them. */
export interface Route {
  open(url: URL, options: RequestOptions): ReturnType<typeof httpRequest>;
  close(): void;
}

/** Opens the way to the server of `url`. Throws UserError for a proxy that is no HTTP proxy. */
export function openRoute(url: string, env: Readonly<Record<string, string | undefined>> = process.env): Route {
  const target = new URL(url);
  const isSecure = target.protocol === "https:";
  const proxy = findProxy(target, env);
  if (proxy === null) {
    const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    const request = isSecure ? httpsRequest : httpRequest;
    const known = urlToHttpOptions(target); // once: parsing it for each request shows in a profile
    const partsOf = (to: URL) => (to.href === target.href ? known : urlToHttpOptions(to));
    return {
      open: (to, options) => request({ ...partsOf(to), ...options, agent }),
      close: () => agent.destroy(),
    };
  }
  const agent = isSecure ? tunnelAgent(proxy) : new HttpAgent({ keepAlive: true });
  return {
    open: (to, options) => {
      if (isSecure) return httpsRequest({ ...urlToHttpOptions(to), ...options, agent });
      const headers = { ...options.headers, ...proxyHeaders(proxy), host: to.host };
      return httpRequest({ ...options, ...placeOf(proxy), path: to.href, headers, agent });
    },
    close: () => agent.destroy(),
  };
}

/** The proxy for a URL; null where it is reached straight, as everything on this machine is. */
export function findProxy(target: URL, env: Readonly<Record<string, string | undefined>>): URL | null {
  const read = (name: string) => env[name] || env[name.toUpperCase()] || "";
  const setting = read(`${target.protocol.replace(":", "")}_proxy`) || read("all_proxy");
  if (setting === "" || isLoopback(target.hostname) || isExempt(target, read("no_proxy"))) return null;
  const text = /^[a-z0-9]+:\/\//i.test(setting) ? setting : `http://${setting}`;
  if (URL.canParse(text) && new URL(text).protocol === "http:") return new URL(text);
  throw new UserError(
    `The environment names the proxy "${setting.replace(/\/\/[^@/]*@/, "//…@")}", which is no HTTP proxy. Set HTTPS_PROXY to one such as http://proxy:3128, or name ${target.hostname} in NO_PROXY.`,
  );
}

/** NO_PROXY: names with all below them, with or without a leading dot or "*.", and an optional port; "*" is everything. */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "" || entry === "*") return entry === "*";
    const [, name, wantedPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase().replace(/^\*?\./, ""))!;
    if (wantedPort !== undefined && wantedPort !== (port || (protocol === "https:" ? "443" : "80"))) return false;
    return hostname === name || hostname.endsWith(`.${name}`);
  });
}

function placeOf({ hostname, port }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
}

function proxyHeaders({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** TLS through a tunnel that the proxy opens (RFC 9110 §9.3.6). */
function tunnelAgent(proxy: URL): HttpsAgent {
  const agent = new HttpsAgent({ keepAlive: true });
  const createConnection = (
    options: RequestOptions & { servername?: string },
    done: (error: Error | null, socket?: Socket) => void,
  ): undefined => {
    const place = `${options.host}:${options.port ?? 443}`;
    const headers = { host: place, ...proxyHeaders(proxy) };
    const request = httpRequest({ ...placeOf(proxy), method: "CONNECT", path: place, headers, agent: false });
    request.once("connect", (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        done(withCode("EPROXY", `the proxy ${proxy.host} answers ${response.statusCode} for ${place}`));
        return;
      }
      const secure = connectTls({ socket, servername: options.servername ?? options.host ?? undefined });
      done(null, secure);
    });
    request.once("error", (error) => done(withCode("EPROXY", `the proxy ${proxy.host}: ${error.message}`)));
    request.end();
  };
  return Object.assign(agent, { createConnection }); // Node's own hook for agents that connect in another way
}

function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
