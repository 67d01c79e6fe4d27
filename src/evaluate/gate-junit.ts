/** Gates as JUnit XML, the form that CI systems read: a test case a gate. Valid against the Windyroad and the Jenkins schema. */
import type { GateReport, GateResult } from "./gate.ts";

/** The XML document. `properties` say what was gated (run, judge, …); `at` is when. */
export function formatJunit(report: GateReport, options: { properties: Record<string, string>; at: Date }): string {
  const { name, results, failed, errors } = report;
  const { properties, at } = options;
  const suite = attributes({
    package: "pocketreply",
    id: "0",
    name,
    timestamp: at.toISOString().slice(0, 19),
    hostname: "localhost", // the schema asks for one; ours is nobody's business
    tests: String(results.length),
    failures: String(failed),
    errors: String(errors),
    time: "0",
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite ${suite}>`,
    "    <properties>",
    ...Object.entries(properties).map(([key, value]) => `      <property ${attributes({ name: key, value })}/>`),
    "    </properties>",
    ...results.flatMap(formatCase),
    "    <system-out></system-out>",
    "    <system-err></system-err>",
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function formatCase({ kind, metric, condition, status, found, why }: GateResult): string[] {
  const head = attributes({ name: `${metric} ${condition}`, classname: `gate.${kind}`, time: "0" });
  if (status === "passed") return [`    <testcase ${head}/>`];
  const tag = status === "failed" ? "failure" : "error";
  const message = attributes({ message: found, type: status === "failed" ? kind : "undecided" });
  const text = [`${metric} must be ${condition}`, found, ...(why === null ? [] : [why])].join("\n");
  return [`    <testcase ${head}>`, `      <${tag} ${message}>${escapeXml(text)}</${tag}>`, "    </testcase>"];
}

function attributes(values: Record<string, string>): string {
  return Object.entries(values)
    .map(
      ([key, value]) =>
        `${key}="${escapeXml(value).replace(/[\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`)}"`,
    )
    .join(" ");
}

/** Text for XML 1.0: the five characters escaped; what no XML 1.0 document may hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
  return text
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd") // half a character
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => names[character]);
}
