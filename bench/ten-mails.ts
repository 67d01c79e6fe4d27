/**
 * The ten mails of docs/replies.md through a run's assistant, as `pocketreply reply --suggest` and `--steer` answer them, printed as they come. The line
 * to steer by stands in each file (X-Steer).
 *
 *   npx tsx bench/ten-mails.ts --run runs/quickstart
 *   npx tsx bench/ten-mails.ts --run runs/quickstart --mails bench/outside-mails --plain     # those of docs/results.md, a reply each
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readAssistantMail } from "../src/reply/index.ts";
import { runPaths } from "../src/run.ts";
import { defaultRecipeName } from "../src/shipped.ts";
import { openRunAssistant, readRecipe } from "../src/stages/index.ts";

const { values } = parseArgs({
  options: {
    run: { type: "string", default: "runs/quickstart" },
    mails: { type: "string", default: fileURLToPath(new URL("ten-mails", import.meta.url)) },
    plain: { type: "boolean", default: false },
  },
});
const paths = runPaths(values.run);
const recipe = await readRecipe(paths, { overrides: [] }, defaultRecipeName);
const { assistant } = await openRunAssistant({ paths, recipe });

for (const name of readdirSync(values.mails).sort()) {
  const bytes = readFileSync(join(values.mails, name));
  const mail = await readAssistantMail(bytes, name);
  console.log(`## ${name.replace(/^\d+-|\.eml$/g, "").replaceAll("-", " ")}`);
  if (values.plain) {
    for await (const event of assistant.draft(mail, {})) if (event.type === "done") console.log(event.draft.text);
    continue;
  }
  const trigger = assistant.trigger(mail);
  if (!trigger.wantsReply) {
    console.log(`no reply needed: ${trigger.reason}`);
    continue;
  }
  for await (const event of assistant.suggest(mail))
    if (event.type === "done")
      for (const { intent, text, source } of event.suggestions)
        console.log(
          `${intent}: ${text}${source === "mail" ? "  (by rule, from the mail)" : source === "phrase" ? "  (a set phrase)" : ""}`,
        );
  const line = /^X-Steer: (.+)$/m.exec(bytes.toString("utf8"))?.[1];
  for await (const event of assistant.draft(mail, { line })) {
    if (event.type !== "done") continue;
    const { text, flags, followed } = event.draft;
    console.log(`${line === undefined ? "a draft that nobody steers" : `--steer "${line}"`}\n${text}`);
    for (const { message } of flags) console.log(`! ${message}`);
    for (const { wish, followed: is } of followed) if (!is) console.log(`! not followed: ${wish}`);
  }
}
await assistant.close();
