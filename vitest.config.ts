import { defineConfig } from "vitest/config";

const testsOf = (rooms: readonly string[]) => rooms.map((room) => `src/${room}/**/*.test.ts`);

/** Rooms that open models. Their files run one after the other in the same process, which imports each module once. */
const models = testsOf([
  ...["commands", "evaluate", "export", "graph", "inbox", "jobs", "metrics"],
  ...["reply", "runtime", "serve", "stages", "train"],
]);

/** Files without native modules, likewise. */
const plain = [
  ...testsOf(["builtin", "checks", "distill", "endpoint", "judge", "mail", "model", "prompts"]),
  ...testsOf(["sample", "sources", "style", "tokens", "view"]),
  ...["house", "progress", "random", "recipe", "upstream"].map((name) => `src/${name}.test.ts`),
  "web/**/*.test.ts",
];

/** No test may stand alone with `.only`: the linter's rule for it takes every `fit(` for a test. */
const every = {
  ...{ testTimeout: 60_000, hookTimeout: 60_000, allowOnly: false },
  expect: { poll: { timeout: 30_000 } }, // a second is too short on a busy machine
};

export default defineConfig({
  test: {
    globalSetup: ["scripts/fixtures/compile.ts"],
    pool: "forks",
    maxWorkers: 3, // on two cores: some tests wait for a server, a browser or the clock
    projects: [
      // The others have a process each: ONNX Runtime leaves the floating-point mode of its process changed, which formats/
      // would notice, and the limits of redact/ and patterns.test.ts are those of a process whose regular expressions are new.
      {
        test: {
          name: "own process",
          include: ["src/**/*.test.ts", "clients/**/*.test.ts"],
          exclude: [...models, ...plain, "**/node_modules/**"],
          pool: "forks",
          ...every,
        },
      },
      { test: { name: "models", include: models, isolate: false, pool: "forks", ...every } },
      { test: { name: "plain", include: plain, isolate: false, pool: "forks", ...every } },
    ],
  },
});
