/** Converts stories260K to a Hugging Face folder:  npx tsx scripts/stories260k.ts SOURCE_FOLDER OUT_FOLDER */
import { convertStories260K } from "./fixtures/stories260k.ts";

const [sourceFolder, outFolder] = process.argv.slice(2);
if (!sourceFolder || !outFolder) {
  process.stderr.write("usage: npx tsx scripts/stories260k.ts SOURCE_FOLDER OUT_FOLDER\n");
  process.exit(1);
}
await convertStories260K(sourceFolder, outFolder);
process.stdout.write(`${outFolder}\n`);
