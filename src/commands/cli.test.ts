import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startCommand } from "./index.ts";
import { runCli, runHere, scratchFolder } from "./tiny.fixture.ts";

/** One line of what, where and what to do on stderr, no stack, exit code 1, nothing on stdout. */
async function expectRefusal(args: string[], ...messages: string[]): Promise<void> {
  const { code, stdout, stderr } = await runHere(args);
  for (const message of messages) expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
}

describe("the command line", () => {
  it("prints help without a verb, and the version", async () => {
    const bare = await runCli([]);
    expect(bare).toMatchObject({ code: 0, stderr: "" });
    expect(bare.stdout).toContain("Usage: pocketreply <verb>");
    expect((await runCli(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("lays help out for a narrow window: options are broken between words", async () => {
    let text = "";
    const stream = {
      columns: 60,
      write: (part: string) => {
        text += part;
      },
    };
    const { signal: stop } = new AbortController();
    for (const verb of ["train", "import", "view"])
      await startCommand(["help", verb], { stdout: stream, stderr: stream, stop }).exitCode;
    expect(text).toContain("--method");
    // A command to copy and the word "--sweep <key=values...>" stay whole.
    expect(text.split("\n").filter((line) => line.length > 60 && !line.startsWith("  $ "))).toEqual([]);
  });

  it("names the verb that was meant, and the option that is missing", async () => {
    await expectRefusal(["trian"], "Did you mean train?");
    await expectRefusal(["help", "trian"], "Did you mean train?");
    await expectRefusal(["evaluate", "--rn", "runs/x"], '(--rn is no option. Did you mean "--run"?)');
    await expectRefusal(["train"], "required option '--run <folder>' not specified");
    await expectRefusal(["serve", "--port", "70000"], "It must be a port");
  });

  it("prints the resolved recipe with the source of each number, for a person and for a machine", async () => {
    const shown = await runHere(["recipe", "--recipe", "paper", "train.epochs=4"]);
    expect(shown.stdout).toMatch(/^ {2}epochs: 4 +# command line$/m);
    expect(shown.stdout).toMatch(/^ {2}rank: 16 +# default$/m);
    expect(shown.stdout).toMatch(/^ {2}model: "gpt-4o-2024-08-06" +# .*recipes\/paper\.yaml$/m);

    const file = join(scratchFolder(), "mine.yaml");
    writeFileSync(file, shown.stdout); // what is printed can be read back
    const again = JSON.parse((await runHere(["recipe", "--recipe", file, "--json"])).stdout);
    expect(again.recipe.train.epochs).toBe(4);
    expect(again.sources["train.epochs"]).toBe(file);
  });
});

describe("import", () => {
  it("says what it kept, but not as it came", async () => {
    const scratch = scratchFolder();
    const mail = join(scratch, "mail.mbox");
    const footer = "To unsubscribe from this list visit http://lists.example.org/listinfo/garden";
    const asked = "Could you tell me when the library opens on Monday, and whether it is open at noon?";
    const message = (headers: string, text: string) =>
      `From a@b Thu Jan  1 00:00:00 1970\nFrom: a@b\n${headers}\n\n${text}\n\n`;
    writeFileSync(
      mail,
      message("Subject: doubtful", `${asked}\n\n${footer}\n\nI ask because I am away on Tuesday.`) +
        message("Subject: clear", `${asked} I need it today.\n\n${footer}`) +
        message("Subject: long", `${asked}\n${"This line goes on and on for long.\n".repeat(600)}`),
    );
    const { code, stdout } = await runHere(["import", "--mail", mail, "--run", join(scratch, "run")]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "  1 kept with words of a footer or a legal notice: something stands below them, or a person may speak",
    );
    expect(stdout).toMatch(/1 kept, but cut at import\.maxCharacters \(\d+\)/);
    expect(stdout).not.toContain("kept by what people see"); // there is none
  });
});

describe("bad input", () => {
  it("an unknown recipe key", async () => {
    const file = join(scratchFolder(), "mine.yaml");
    writeFileSync(file, "train:\n  epoch: 3\n");
    const run = scratchFolder();
    await expectRefusal(["distill", "--run", run, "--recipe", file], file, 'train: unknown key "epoch"', "epochs");
    await expectRefusal(
      ["distill", "--run", run, "train.epcohs=3"],
      'unknown key "epcohs" in train. Did you mean "epochs"?',
    );
  });

  it("a recipe value of a wrong type", async () => {
    const run = scratchFolder();
    await expectRefusal(
      ["distill", "--run", run, "--set", "train.rank=many"],
      "train.rank: Invalid input: expected number",
    );
  });

  it("a recipe that is not there", async () => {
    await expectRefusal(
      ["recipe", "--recipe", "papper"],
      "There is no recipe papper",
      'Did you mean "paper"?',
      "pocket, quickstart",
    );
    const run = join(scratchFolder(), "run");
    await expectRefusal(["quickstart", "--recipe", "qickstart", "--run", run], 'Did you mean "quickstart"?');
    await expectRefusal(["import", "--mail", "m", "--run", run, "train.epcohs=3"], 'Did you mean "epochs"?');
    expect(existsSync(run)).toBe(false);
  });

  it("a run folder by a name that is not there: it is not made, and those there are told", async () => {
    const runs = scratchFolder();
    for (const name of ["invoices", "lists"]) {
      mkdirSync(join(runs, name));
      writeFileSync(join(runs, name, "recipe.json"), "{}");
    }
    mkdirSync(join(runs, "pictures"));
    const run = join(runs, "invocies");
    const mail = join(runs, "mail.txt");
    writeFileSync(mail, "Are you free on Friday?");
    for (const verb of [
      ["distill"],
      ["train"],
      ["evaluate"],
      ["export"],
      ["report"],
      ["judge"],
      ["view"],
      ["dataset", "--format", "trl"],
      ["run"],
    ])
      await expectRefusal(
        [...verb, "--run", run],
        `There is no run folder ${run}. Did you mean "invoices"? In ${runs}: invoices, lists. To make it:`,
      );
    for (const verb of [["reply", mail], ["serve"]])
      await expectRefusal([...verb, "--run", run], 'Did you mean "invoices"?');
    for (const verb of ["run", "import"])
      await expectRefusal([verb, "--mail", join(runs, "mial.txt"), "--run", run], "mial.txt does not exist");
    const spaced = join(runs, "my mail");
    await expectRefusal(["train", "--run", spaced], `To make it: npx pocketreply run --mail PATH --run '${spaced}'`);
    await expectRefusal(["compare", join(runs, "lists"), run], "lists holds no evaluation.json: it is not evaluated");
    expect(existsSync(run)).toBe(false);
  });

  it("a stage before its time", async () => {
    const run = scratchFolder();
    await expectRefusal(
      ["distill", "--run", run],
      "distill needs the output of import",
      `npx pocketreply import --mail PATH --run ${run}`,
    );
    await expectRefusal(
      ["train", "--run", run],
      "train needs the output of distill",
      `npx pocketreply distill --run ${run}`,
    );
    await expectRefusal(["export", "--run", run], "export needs the output of train");
    await expectRefusal(["evaluate", "--run", run], "evaluate needs the output of train");
  });

  it("a run folder made by another recipe", async () => {
    const run = scratchFolder();
    await runHere(["distill", "--run", run, "train.rank=4"]); // refused for want of mail, but the folder is made
    mkdirSync(join(run, "checkpoints"));
    await expectRefusal(
      ["distill", "--run", run, "train.rank=8"],
      "was made by another recipe",
      "train.rank: 4 in the folder, 8 now",
      "Three ways out",
    );
  });

  it("a run folder in use", async () => {
    const run = scratchFolder();
    const holder = {
      pid: process.ppid, // a process that runs, and not this one
      host: hostname(),
      startTicks: null,
      since: "today",
      command: "npx pocketreply train",
    };
    writeFileSync(join(run, "lock.json"), JSON.stringify(holder));
    await expectRefusal(["distill", "--run", run], `in use by process ${process.ppid}`, "npx pocketreply train");
    expect(existsSync(join(run, "lock.json"))).toBe(true);
  });

  it("a folder that is not a run folder", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "photo.jpg"), "");
    await expectRefusal(["distill", "--run", folder], "is not a run folder: it holds photo.jpg");
    expect(readFileSync(join(folder, "photo.jpg"), "utf8")).toBe("");
  });
});
