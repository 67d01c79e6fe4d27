import { expect, test } from "vitest";
import { type OpenSession, withSession } from "../runtime/index.ts";
import { withEngine } from "./engine.ts";
import { tinyFit } from "./fit.fixture.ts";
import { startTrained } from "./trained.ts";

test("a session that is outdated is closed and opened anew, and the gradients stay the same to the bit", async () => {
  const { config, base, settings, train } = await tinyFit("unused");
  const trained = startTrained({ config, base, baseName: "tiny", settings, seed: 1 });
  const events: string[] = [];
  let isOutdated = false;
  const openSession: OpenSession = async (model, use) => {
    const result = await withSession(model, { threads: 1 }, (session) => {
      events.push("opened");
      return use({ ...session, isOutdated: () => isOutdated });
    });
    events.push("closed");
    return result;
  };
  await withEngine({ config, base, trained, settings, openSession }, async (engine) => {
    const batch = train.slice(0, 8);
    const gradient = async () => {
      const { loss, gradients } = await engine.lossAndGradients(batch);
      return [loss, ...[...gradients.values()].flatMap((data) => [...data])];
    };
    const before = await gradient();
    expect(events).toEqual(["opened"]);
    isOutdated = true;
    await engine.lossAndGradients(batch.slice(0, 1));
    isOutdated = false;
    expect(events).toEqual(["opened", "closed", "opened"]);
    expect(await gradient()).toEqual(before);
    expect(events).toEqual(["opened", "closed", "opened"]);
  });
  expect(events).toEqual(["opened", "closed", "opened", "closed"]);
});
