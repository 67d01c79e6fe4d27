/** The check of a written .pte before it gets its name. */
import { createHash } from "node:crypto";
import { FormatError } from "../errors.ts";
import { openPte } from "../formats/index.ts";
import type { TextBounds } from "./pte.ts";
import { lintPte } from "./pte-lint.ts";
import type { PteTemplate } from "./pte-template.ts";

/**
 * Every range that was written has its digest when it is read back, every key that a delegate asks for names data with that digest,
 * and the program has nothing that lintPte finds fault with.
 */
export async function checkPteFile(
  path: string,
  { digests, template, bounds }: { digests: ReadonlyMap<number, string>; template: PteTemplate; bounds: TextBounds },
): Promise<void> {
  const file = await openPte(path);
  try {
    for (const range of template.parts.flatMap(({ data, scales }) => (scales === null ? [data] : [data, scales]))) {
      const [offset, bytes] = range;
      const got = createHash("sha256")
        .update(await file.read({ offset, bytes }))
        .digest("hex");
      if (got !== digests.get(offset)) fail(path, `byte ${offset}`, `${bytes} bytes as they were written`, "others");
    }
    for (const [key, { offset }] of file.program.named) {
      if (!key.endsWith(digests.get(offset) ?? "none")) fail(path, `key ${key}`, "the SHA-256 of its data", "another");
    }
    const [problem] = lintPte(file.program, file.fileBytes, bounds.eosIds);
    if (problem !== undefined) fail(path, "its program", "one that the text runner takes", problem);
  } finally {
    await file.close();
  }
}

function fail(path: string, where: string, expected: string, got: string): never {
  const fix = "The file was written wrongly and is not kept.";
  throw new FormatError({ path: path.replace(/\.partial$/, ""), where, expected, got, fix });
}
