/** `pocketreply clients`: the add-on for a mail program, as a file to install. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { writeFileAtomic } from "../formats/index.ts";
import { packagePath } from "../shipped.ts";
import type { ClientsOptions } from "./options.ts";
import type { Session } from "./session.ts";

/** The verb. Throws UserError where the add-on is not built. */
export async function clients({ client, out }: ClientsOptions, session: Session): Promise<void> {
  const built = packagePath("dist", "clients", `pocketreply-${client}.xpi`);
  if (!existsSync(built))
    throw new UserError(`The add-on is not built: there is no ${built}. Build it with npm run build.`);
  await writeFileAtomic(out, await readFile(built));
  session.print(
    [
      `${out} is the add-on for Thunderbird 128 or newer.`,
      "1. In Thunderbird: Tools, Add-ons and Themes, the gear, Install Add-on From File, and choose it.",
      "2. Start your model: npx pocketreply serve --run RUN. It prints a key.",
      "3. Open a message, press pocketreply, and give that key once.",
    ].join("\n"),
  );
  session.printJson({ client, file: out });
}
