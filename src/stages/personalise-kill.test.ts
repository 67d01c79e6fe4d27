/** `personalise` in a process of its own that is killed again and again. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { compiled } from "../../scripts/fixtures/compiled.ts";
import { runPaths } from "../run.ts";
import { ownPair, writePersonalRun } from "./personal.fixture.ts";
import { personaliseStage, type StyleReport } from "./personalise.ts";
import { stylePaths } from "./personalise-files.ts";
import { inRunFolder } from "./stage.ts";
import { scratchFolder } from "./tiny.fixture.ts";

const root = scratchFolder();
afterAll(() => rm(root, { recursive: true, force: true }));

test("killed at five moments it goes on, and ends with the report and the files of a call that nothing cut", async () => {
  const copy = await writePersonalRun(root);
  const pairs = Array.from({ length: 40 }, (_, i) => ownPair(i));
  const [whole, cut] = [await copy("whole", pairs), await copy("cut", pairs)];
  const wanted = await inRunFolder({ run: whole }, {}, (context) => personaliseStage(context));

  const style = stylePaths(runPaths(cut));
  await mkdir(style.merged, { recursive: true }); // as a kill leaves it that comes while the base is merged
  const adapted = `strength ${wanted.strength}`;
  const answered = (name: string, run = cut) => {
    const path = join(stylePaths(runPaths(run)).answers, `${name}.jsonl`);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
  };
  const steps = () => (existsSync(style.run.checkpoints) ? readdirSync(style.run.checkpoints).length : 0);
  const calibrating = wanted.replies.validation;
  const moments = [
    () => existsSync(style.run.replies), //                           the base of the style is being merged
    () => steps() > 1,
    () => answered("general") > 1, //                                 strengths are tried
    () => answered(adapted) > calibrating + 1, //                     replies are measured
    () => answered(adapted) === answered(adapted, whole), //          wishes are measured
  ];
  const personalise = () => {
    const child = spawn(process.execPath, [compiled("src/cli.ts"), "personalise", "--run", cut], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    const exit = once(child, "close").then(([code, signal]) => signal ?? `${code} ${said}`.trim());
    return { child, exit };
  };
  for (const isThere of moments) {
    const { child, exit } = personalise();
    while (child.exitCode === null && !isThere()) await sleep(1);
    child.kill("SIGKILL");
    expect(await exit).toBe("SIGKILL");
    expect(existsSync(style.report)).toBe(false);
  }
  expect(await personalise().exit).toMatch(/^0/);

  const report = JSON.parse(readFileSync(style.report, "utf8")) as StyleReport;
  const { firstTokenMs: _, ...figures } = report; // times are never the same
  const { firstTokenMs: __, ...wantedFigures } = wanted;
  expect(figures).toEqual(JSON.parse(JSON.stringify(wantedFigures)));
  const files = (run: string) =>
    readdirSync(stylePaths(runPaths(run)).run.folder, { recursive: true, encoding: "utf8" })
      .filter((path) => !/^(?:tensorboard|wandb)\//.test(path)) // names of moments
      .sort();
  expect(files(cut)).toEqual(files(whole));
}, 240_000);
