/** What the server counts, in Prometheus's text format: requests, seconds, tokens, bytes of weights. Nothing of any mail. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ReplyResult } from "../reply/index.ts";

/** The counters of one server. */
export interface Metrics {
  readonly contentType: string;
  request(of: { method: string; route: string; status: number; seconds: number }): void;
  reply(result: Pick<ReplyResult, "promptTokens" | "replyTokens" | "firstTokenMs">): void;
  /** The text that Prometheus reads. */
  render(): Promise<string>;
}

/** ours: from a file of the page to a long reply on a slow machine. */
const SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counts for one server; `queue` is read each time the counters are. */
export function createMetrics(queue: { readonly busy: boolean; readonly waiting: number }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "pocketreply_request_seconds",
    help: "Time from a request to the end of its answer's head, by method, route and status.",
    labelNames: ["method", "route", "status"],
    buckets: SECONDS,
    registers,
  });
  const tokens = new Counter({
    name: "pocketreply_tokens_total",
    help: "Tokens of prompts read and of replies written.",
    labelNames: ["kind"],
    registers,
  });
  const first = new Histogram({
    name: "pocketreply_first_token_seconds",
    help: "Time from the start of a prompt's evaluation to the first new token.",
    buckets: SECONDS,
    registers,
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("pocketreply_answering", "1 while an answer is being made.", () => (queue.busy ? 1 : 0));
  gauge("pocketreply_waiting", "Requests that wait for the model.", () => queue.waiting);
  return {
    contentType: registry.contentType,
    request: ({ method, route, status, seconds }) => requests.observe({ method, route, status }, seconds),
    reply: ({ promptTokens, replyTokens, firstTokenMs }) => {
      tokens.inc({ kind: "prompt" }, promptTokens);
      tokens.inc({ kind: "reply" }, replyTokens);
      if (firstTokenMs !== null) first.observe(firstTokenMs / 1000);
    },
    render: () => registry.metrics(),
  };
}
