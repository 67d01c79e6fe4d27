// The command line's entry must be executable for `npx pocketreply` in a clone; tsc writes plain files.
import { chmodSync } from "node:fs";

chmodSync("dist/cli.js", 0o755);
