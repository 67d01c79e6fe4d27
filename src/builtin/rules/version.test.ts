import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { RULES_VERSION } from "./version.ts";

/** The code of the rules, and of what they understand of a mail, without comments and white space, as a hash. */
function hashRules(): string {
  const hash = createHash("sha256");
  for (const folder of [new URL(".", import.meta.url), new URL("../../mail/meaning/", import.meta.url)]) {
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith(".ts") || /^(version|index)\.|\.test\.ts$/.test(name)) continue;
      const code = readFileSync(new URL(name, folder), "utf8").replace(/\/\*\*?[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      hash.update(`${name}\0${code.replace(/\s+/g, " ")}\0`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

it("the rules have the version that their code was numbered with: after a change, raise RULES_VERSION and put the new hash here", () => {
  expect({ version: RULES_VERSION, rules: hashRules() }).toEqual({ version: 7, rules: "51e22ad9e78231ee" });
});
