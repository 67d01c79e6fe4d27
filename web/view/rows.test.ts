import { describe, expect, it } from "vitest";
import type { RowPage, RowSummary } from "../../src/view/api.ts";
import type { Place } from "./fetch.ts";
import { openRows, PAGE_ROWS } from "./rows.ts";

/** A server that holds `count` rows and notes which pages it was asked for. */
function serverOf(count: number) {
  const server = {
    version: 1,
    ids: Array.from({ length: count }, (_, i) => `m${i}`),
    asked: [] as Place[],
    isDown: false,
  };
  const fetchPage = async (place: Place & { size: number }): Promise<RowPage> => {
    server.asked.push("from" in place ? { from: place.from } : { around: place.around });
    if (server.isDown) throw new Error("no answer");
    const at = "from" in place ? place.from : Math.max(0, server.ids.indexOf(place.around));
    const from = at - (at % place.size);
    const rows = server.ids
      .slice(from, from + place.size)
      .map((id) => ({ id, snippet: `v${server.version}` }) as RowSummary);
    return { version: server.version, total: server.ids.length, from, rows };
  };
  return { server, fetchPage };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("the rows of a query", () => {
  it("come a page at a time, and only those in sight", async () => {
    const { server, fetchPage } = serverOf(50_000);
    const rows = openRows({ fetchPage, onChange: () => {} });
    rows.want(95, 105);
    await settled();
    expect(server.asked).toEqual([{ from: 0 }, { from: 100 }]);
    expect([rows.total, rows.at(99)?.id, rows.at(100)?.id, rows.at(200)]).toEqual([50_000, "m99", "m100", undefined]);
    rows.close();
  });

  it("are let go where there are too many, those in sight last", async () => {
    const { fetchPage } = serverOf(50_000);
    const rows = openRows({ fetchPage, onChange: () => {} });
    for (let page = 0; page < 60; page++) {
      rows.want(page * PAGE_ROWS, page * PAGE_ROWS + 9);
      await settled();
    }
    const kept = Array.from({ length: 60 }, (_, page) => rows.at(page * PAGE_ROWS) !== undefined);
    expect(kept.filter(Boolean)).toHaveLength(30);
    expect(kept.at(-1)).toBe(true);
    expect(kept[0]).toBe(false);
    rows.close();
  });

  it("are fetched again when the run has changed, and shown as they were until then", async () => {
    const { server, fetchPage } = serverOf(250);
    const rows = openRows({ fetchPage, onChange: () => {} });
    rows.want(0, 9);
    await settled();
    server.version = 2;
    rows.refresh(2);
    expect(rows.at(0)?.snippet).toBe("v1");
    await settled();
    expect(rows.at(0)?.snippet).toBe("v2");
    rows.refresh(2);
    await settled();
    expect(server.asked).toHaveLength(2);
    rows.close();
  });

  it("shrink with the query's total", async () => {
    const { server, fetchPage } = serverOf(250);
    const rows = openRows({ fetchPage, onChange: () => {} });
    rows.want(0, 249);
    await settled();
    expect(rows.at(249)?.id).toBe("m249");
    server.ids.splice(100);
    server.version = 2;
    rows.want(0, 9);
    rows.refresh(2);
    await settled();
    expect([rows.total, rows.at(99)?.id, rows.at(100)]).toEqual([100, "m99", undefined]);
    rows.close();
  });

  it("tell the place of a mail that is not here, and -1 for one that the query leaves out", async () => {
    const { fetchPage } = serverOf(1000);
    const rows = openRows({ fetchPage, onChange: () => {} });
    expect(await rows.locate("m734")).toBe(734);
    expect(rows.indexOf("m734")).toBe(734);
    expect(await rows.locate("nobody")).toBe(-1);
    rows.close();
  });

  it("are asked for again after a failure", async () => {
    const { server, fetchPage } = serverOf(10);
    server.isDown = true;
    const rows = openRows({ fetchPage, onChange: () => {}, retryMs: 10 });
    rows.want(0, 9);
    await settled();
    expect([rows.error, rows.total]).toEqual(["no answer", null]);
    server.isDown = false;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect([rows.error, rows.total]).toEqual([null, 10]);
    rows.close();
  });
});
