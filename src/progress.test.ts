import { describe, expect, it } from "vitest";
import {
  createEventProgress,
  createProgress,
  createRateMeter,
  formatBytes,
  formatDuration,
  formatRate,
  printable,
} from "./progress.ts";

/** A stream that remembers, and a clock that is set by hand. */
function standIn(isTTY: boolean, columns = 200) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  return { written, clock, stream, now: () => clock.ms };
}

describe("createProgress", () => {
  it("rewrites one line on a terminal: bar, counts, rate, time left, note", () => {
    const { written, clock, stream, now } = standIn(true);
    const progress = createProgress({ stream, now });
    progress.start("distill");
    progress.update({ done: 0, total: 200, unit: "mails" });
    clock.ms = 5000;
    progress.update({ done: 100, total: 200, unit: "mails", note: "3 rejected" });
    expect(written.at(-1)).toBe(
      "\r\u001b[K██████████░░░░░░░░░░ distill: 100/200 mails · 20 mails/s · 5.0 s left · 3 rejected",
    );
    progress.finish("200 mails");
    expect(written.slice(-2)).toEqual(["\r\u001b[K", "200 mails (5.0 s)\n"]);
  });

  it("never wraps a narrow terminal", () => {
    const { written, stream, now } = standIn(true, 40);
    const progress = createProgress({ stream, now });
    progress.start("a stage with a name that is much longer than the line");
    progress.update({ done: 1, total: 2, unit: "things" });
    expect(written.at(-1)!.replace("\r\u001b[K", "")).toHaveLength(39);
  });

  it("prints a plain line at most every five seconds where there is no terminal", () => {
    const { written, clock, stream, now } = standIn(false);
    const progress = createProgress({ stream, now });
    progress.start("import");
    for (clock.ms = 0; clock.ms <= 12_000; clock.ms += 100) {
      progress.update({ done: clock.ms, unit: "bytes", total: 24_000 });
    }
    expect(written).toEqual([
      "import: 5.0 kB/24.0 kB · 1.0 kB/s · 19 s left\n",
      "import: 10.0 kB/24.0 kB · 1.0 kB/s · 14 s left\n",
    ]);
  });

  it("takes the time left from those who know better", () => {
    const { written, stream, now } = standIn(true);
    const progress = createProgress({ stream, now });
    progress.start("train");
    progress.update({ done: 1, total: 10, unit: "steps", secondsLeft: 125 });
    expect(written.at(-1)).toContain("train: 1/10 steps · 2 min 05 s left");
  });

  it("is silent when quiet", () => {
    const { written, stream, now } = standIn(true);
    const progress = createProgress({ stream, now, quiet: true });
    progress.start("train");
    progress.update({ done: 1, total: 1, unit: "steps" });
    progress.line("a word");
    progress.finish("done");
    progress.clear();
    expect(written).toEqual([]);
  });
});

describe("createRateMeter", () => {
  it("knows nothing before the second reading", () => {
    const meter = createRateMeter();
    expect(meter.perSecond()).toBeUndefined();
    meter.add(10, 0);
    expect(meter.perSecond()).toBeUndefined();
  });

  it("does not count what was done before a resumed run started", () => {
    const meter = createRateMeter();
    meter.add(49_000, 0);
    meter.add(49_010, 1000);
    expect(meter.perSecond()).toBeCloseTo(10, 9);
  });

  it("does not tell the rate of what was counted before for what is counted now", () => {
    const meter = createRateMeter();
    meter.add(0, 0);
    meter.add(30, 1000);
    meter.add(0, 2000);
    expect(meter.perSecond()).toBeUndefined();
    meter.add(1, 12_000);
    expect(meter.perSecond()).toBeCloseTo(0.1, 9);
  });

  it("smooths a burst and follows a lasting change", () => {
    const meter = createRateMeter();
    let done = 0;
    let second = 0;
    const run = (perSecond: number, seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        done += perSecond;
        second++;
        meter.add(done, second * 1000);
      }
    };
    run(10, 60);
    run(100, 1);
    // One second at 100 moves an average of 15 s by 90 · (1 − e^(−1/15)) = 5.8.
    expect(meter.perSecond()).toBeCloseTo(10 + 90 * (1 - Math.exp(-1 / 15)), 0);
    run(100, 90);
    expect(meter.perSecond()).toBeGreaterThan(99);
  });
});

describe("formats", () => {
  it("writes durations", () => {
    const cases: [number, string][] = [
      [0, "0.0 s"],
      [9.94, "9.9 s"],
      [9.96, "10 s"],
      [59.4, "59 s"],
      [59.6, "1 min 00 s"],
      [185, "3 min 05 s"],
      [3599.7, "1 h 00 min"],
      [7620, "2 h 07 min"],
    ];
    for (const [seconds, text] of cases) expect(formatDuration(seconds)).toBe(text);
  });

  it("writes bytes", () => {
    const cases: [number, string][] = [
      [0, "0 B"],
      [999, "999 B"],
      [1000, "1.0 kB"],
      [99_960, "100 kB"],
      [999_600, "1.0 MB"],
      [2_471_645_608, "2.5 GB"],
      [5e15, "5000 TB"],
    ];
    for (const [bytes, text] of cases) expect(formatBytes(bytes)).toBe(text);
  });

  it("writes slow rates as seconds a thing", () => {
    expect(formatRate(0.2, "steps")).toBe("5.0 s a step");
    expect(formatRate(0.25, "replies")).toBe("4.0 s a reply");
    expect(formatRate(0.5, "steps")).toBe("0.5 steps/s");
    expect(formatRate(12.3, "mails")).toBe("12 mails/s");
    expect(formatRate(12_345.6, "tokens")).toBe("12,346 tokens/s");
    expect(formatRate(0, "mails")).toBe("0.0 mails/s");
  });
});

describe("events for programs", () => {
  it("are JSON lines: at most one a second, the last one always, with what the stage knows", () => {
    const lines: string[] = [];
    let nowMs = 0;
    const progress = createEventProgress({ stream: { write: (text) => lines.push(text) }, now: () => nowMs });
    progress.start("distill");
    for (let done = 1; done <= 4; done++) {
      nowMs += 600;
      progress.update({ done, total: 4, unit: "mails", note: "for people", data: { costUsd: done / 100 } });
    }
    progress.line("a word");
    progress.finish("done");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: "start", name: "distill" },
      { event: "progress", name: "distill", done: 1, total: 4, unit: "mails", costUsd: 0.01 },
      { event: "progress", name: "distill", done: 3, total: 4, unit: "mails", costUsd: 0.03, ...rates(1) },
      { event: "progress", name: "distill", done: 4, total: 4, unit: "mails", costUsd: 0.04, ...rates(0) },
      { event: "line", text: "a word" },
      { event: "finish", name: "distill", summary: "done", seconds: 2.4 },
    ]);
    for (const line of lines) expect(line.endsWith("\n")).toBe(true);
  });
});

describe("text of strangers", () => {
  it("cannot steer the terminal", () => {
    expect(printable("a\tb\r\nc")).toBe("a\tb\nc");
    expect(printable("\u001b[31mred\u0007 \u009b2J \rover\u0000 \u202egnp.exe\u2069 é 日本 😀")).toBe(
      "\\x1b[31mred\\x07 \\x9b2J \\x0dover\\x00 \\u202egnp.exe\\u2069 é 日本 😀",
    );
    const written: string[] = [];
    const progress = createProgress({ stream: { write: (text) => written.push(text) } });
    progress.line("model \u001b]0;owned\u0007");
    expect(written).toEqual(["model \\x1b]0;owned\\x07\n"]);
  });
});

/** One mail each 0.6 s, and so many of them left. */
function rates(left: number): object {
  return { perSecond: expect.closeTo(1 / 0.6, 9), secondsLeft: expect.closeTo(left * 0.6, 9) };
}
