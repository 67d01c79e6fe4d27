import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { events, startSeconds } from "../../scripts/fixtures/scalar-events.ts";
import { encodeScalarEvents } from "./tensorboard.ts";

const golden = (name: string) => readFileSync(new URL(`../../golden/tensorboard/${name}`, import.meta.url));

test("the file is byte for byte the one in which TensorBoard's own reader found every scalar", () => {
  const ours = Buffer.from(encodeScalarEvents(startSeconds, events));
  expect(ours.equals(golden("events.out.tfevents.1764000000.pocketreply"))).toBe(true);
  const read = JSON.parse(golden("read.json").toString()) as {
    fileVersion: number;
    firstEvent: number;
    scalars: Record<string, [number, number, number][]>;
  };
  expect(read).toMatchObject({ fileVersion: 2, firstEvent: startSeconds });
  const meant: typeof read.scalars = {};
  for (const { step, wallSeconds, values } of events)
    for (const [tag, value] of Object.entries(values)) {
      meant[tag] ??= [];
      meant[tag].push([wallSeconds, step, Math.fround(value)]);
    }
  expect(read.scalars).toEqual(meant);
});
