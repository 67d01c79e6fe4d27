import { defineConfig } from "vitest/config";

/**
 * Rooms whose tests run one after the other in the same process, which imports each module once. The others have a process for
 * each file: ONNX Runtime leaves the floating-point mode of its process changed, which formats/ would notice, llama.cpp reports a fault only the
 * first time, and the limits of redact/ and patterns.test.ts are those of a process whose regular expressions are new.
 */
const sharing = [
  ...["builtin", "checks", "distill", "endpoint", "judge", "mail", "model", "prompts"],
  ...["sample", "sources", "style", "tokens", "view"],
].map((room) => `src/${room}/**/*.test.ts`);
const tops = ["house", "progress", "random", "recipe", "upstream"].map((name) => `src/${name}.test.ts`);
const shared = [...sharing, ...tops, "web/**/*.test.ts"];

/** No test may stand alone with `.only`: the linter's rule for it takes every `fit(` for a test. */
const every = {
  ...{ testTimeout: 60_000, hookTimeout: 60_000, allowOnly: false },
  expect: { poll: { timeout: 30_000 } }, // a second is too short on a busy machine
};

export default defineConfig({
  test: {
    globalSetup: ["scripts/fixtures/compile.ts"],
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "own process",
          include: ["src/**/*.test.ts", "clients/**/*.test.ts"],
          exclude: [...shared, "**/node_modules/**"],
          pool: "forks",
          ...every,
        },
      },
      { test: { name: "shared process", include: shared, isolate: false, pool: "forks", ...every } },
    ],
  },
});
