/**
 * What distillation must show, measured: throughput, limits, errors, memory, kills, beside other clients on the same server.
 *
 *   npx tsx bench/distill.ts                            # every case, ours alone
 *   npx tsx bench/distill.ts --peers                    # beside them the peers of bench/peers, installed into .cache/
 *   npx tsx bench/distill.ts --case limit --case quota --runs 3 --json
 *   npx tsx bench/distill.ts --case scale --case kill --case faults --share 0.05   # fewer mails, to see that it works
 *
 * The server is the built-in teacher in a process of its own, every client and run another one. Figures are medians of the runs, with the
 * least and the most; clients take turns, so that a busy machine disturbs all alike. Exit code 1 where a threshold is missed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type CaseName, cases, type Finding } from "./distill/cases.ts";
import { installPeers, type Peer } from "./distill/processes.ts";

const { values } = parseArgs({
  options: {
    case: { type: "string", multiple: true, default: [] },
    peers: { type: "boolean", default: false },
    runs: { type: "string", default: "3" },
    share: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const names = Object.keys(cases) as CaseName[];
const unknown = values.case.filter((name) => !names.includes(name as CaseName));
const [runs, share] = [Number(values.runs), Number(values.share)];
if (unknown.length > 0 || !(runs >= 1) || !(share > 0 && share <= 1)) {
  process.stderr.write(
    `usage: npx tsx bench/distill.ts [--case ${names.join("|")}]… [--peers] [--runs N] [--share 0…1] [--json]\n`,
  );
  process.exit(2);
}

const peers: Peer[] = [];
if (values.peers) {
  process.stderr.write("installing the peers…\n");
  const installed = installPeers();
  peers.push(...installed.peers);
  for (const reason of installed.missing) process.stderr.write(`left out: ${reason}\n`);
}
const folder = mkdtempSync(join(tmpdir(), "bench-distill-"));
const findings: (Finding & { readonly case: string })[] = [];
try {
  for (const name of names) {
    if (values.case.length > 0 && !values.case.includes(name)) continue;
    process.stderr.write(`${name}: ${cases[name].what}\n`);
    for (const finding of await cases[name].run({ folder, peers, runs, share })) {
      findings.push({ case: name, ...finding });
      if (!values.json) process.stdout.write(`${describe(name, finding)}\n`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const missed = findings.filter(({ met }) => met === false);
if (values.json)
  process.stdout.write(`${JSON.stringify({ node: process.version, cpus: cpus().length, findings }, null, 2)}\n`);
else process.stdout.write(missed.length === 0 ? "all met\n" : `${missed.length} not met\n`);
process.exitCode = missed.length === 0 ? 0 : 1;

function describe(name: string, { who, figure, must, met }: Finding): string {
  const verdict = met === null ? "" : met ? "  met" : "  NOT MET";
  return `${name.padEnd(9)} ${who.padEnd(26)} ${figure}${must ? `  (must: ${must})` : ""}${verdict}`;
}
