/** `view` on the command line, and what the other verbs make of a decision. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Reply } from "../distill/index.ts";
import { runPaths } from "../run.ts";
import { packagePath } from "../shipped.ts";
import type { MailDetail, RunInfo } from "../view/api.ts";
import { runCli, runHere, scratchFolder, tinyOverrides, writeMailbox, writeTinyBase } from "./tiny.fixture.ts";

const isBuilt = existsSync(packagePath("dist", "web", "view", "index.html"));
if (!isBuilt) console.log("skipped: `view` on the command line, for the page is not built (npm run build)");

describe.skipIf(!isBuilt)("view", { timeout: 120_000 }, () => {
  it("serves the dataset until Ctrl-C; a decision then reaches distill, dataset and train", async () => {
    const scratch = scratchFolder();
    const [mail, base, run] = ["mail.mbox", "base", "run"].map((name) => join(scratch, name));
    await writeTinyBase(base);
    writeMailbox(mail, 40);
    const paths = runPaths(run);
    const early = await runHere(["view", "--run", run]);
    expect(early.code).toBe(1);
    expect(early.stderr).toContain("There is no run folder");
    expect((await runHere(["import", "--mail", mail, "--run", run, ...tinyOverrides(base)])).code).toBe(0);
    expect((await runHere(["distill", "--run", run])).code).toBe(0);
    const replies = () =>
      readFileSync(paths.replies, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Reply);
    const [first, ...others] = replies();

    let decided: Promise<MailDetail> | undefined;
    const viewed = await runCli(["view", "--run", run, "--port", "0"], {
      onStdout: (text, kill) => {
        const url = /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{24}\//.exec(text)?.[0];
        if (url === undefined || decided !== undefined) return;
        decided = decide(url, first.id);
        decided.finally(() => kill("SIGINT")).catch(() => {});
      },
    });
    expect(await decided).toMatchObject({ id: first.id, review: "rejected" });
    expect(viewed.code, viewed.stderr).toBe(0);

    const train = await runHere(["train", "--run", run]);
    expect(train.code).toBe(1);
    expect(train.stderr).toContain(`npx pocketreply distill --run ${run}`);
    const dataset = await runHere(["dataset", "--run", run, "--format", "trl"]);
    expect(dataset.stderr).toContain("decisions that are not in these files");
    const distilled = await runHere(["distill", "--run", run, "--json"]);
    expect(JSON.parse(distilled.stdout)).toMatchObject({ accepted: others.length, reviewed: { rejected: 1 } });
    expect(replies()).toEqual(others);
    expect((await runHere(["dataset", "--run", run, "--format", "trl"])).stderr).not.toContain("not in these files");
    expect(readFileSync(paths.datasetCard, "utf8")).toContain("decided by a person");
  });
});

async function decide(url: string, id: string): Promise<MailDetail> {
  const info = (await (await fetch(`${url}api/run`)).json()) as RunInfo;
  expect(info.trained).toBe(false);
  const { seen } = (await (await fetch(`${url}api/rows/${id}`)).json()) as MailDetail;
  const body = JSON.stringify({ seen, decision: "reject", note: "too stiff" });
  const headers = { "content-type": "application/json" };
  return (await fetch(`${url}api/rows/${id}/review`, { method: "PUT", body, headers })).json() as Promise<MailDetail>;
}
