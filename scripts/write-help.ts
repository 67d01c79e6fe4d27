/** Writes the command line's own help into README.md (the root help) and docs/help.md (every verb): `npx tsx scripts/write-help.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import { helpPage, rootHelp } from "../src/commands/index.ts";

const readme = readFileSync("README.md", "utf8");
const block = /(<!-- help -->\n)[\s\S]*?(<!-- \/help -->)/;
if (!block.test(readme)) throw new Error("README.md has no <!-- help --> … <!-- /help --> block.");
writeFileSync(
  "README.md",
  readme.replace(block, (_, open, close) => `${open}\`\`\`text\n${rootHelp()}\`\`\`\n${close}`),
);
writeFileSync("docs/help.md", helpPage());
