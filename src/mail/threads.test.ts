import { describe, expect, it } from "vitest";
import { createThreads, type ThreadMail } from "./threads.ts";

function mail(id: string | null, messageId: string | null, more: Partial<ThreadMail> = {}): ThreadMail {
  return {
    id,
    messageId,
    inReplyTo: [],
    inReplyToUnsure: false,
    references: [],
    conversation: null,
    ...more,
  };
}

/** A name of at most 8 characters as the id of a row, 16 hexadecimal digits. */
const rowId = (name: string) => Buffer.from(name.padEnd(8)).toString("hex");

function resolve(mails: ThreadMail[]) {
  const threads = createThreads();
  for (const one of mails)
    threads.add({ ...one, id: one.id && rowId(one.id), ...(one.copyOf && { copyOf: rowId(one.copyOf) }) });
  const places = threads.resolve();
  const idOf = (row: number) => (row < 0 ? null : Buffer.from(places.id(row), "hex").toString().trimEnd());
  return Object.fromEntries(
    Array.from({ length: places.count }, (_, row) => [idOf(row), [places.threadName(row), idOf(places.answers(row))]]),
  ) as Record<string, [string, string | null]>;
}

describe("createThreads", () => {
  it("joins mails by In-Reply-To and References, in whatever order they lie", () => {
    const mails = [
      mail("c", "c@x", { inReplyTo: ["b@x"], references: ["a@x", "b@x"] }),
      mail("a", "a@x"),
      mail("b", "b@x", { inReplyTo: ["a@x"] }),
      mail("z", "z@x"),
    ];
    const expected = { a: ["a@x", null], b: ["a@x", "a@x"], c: ["a@x", "b@x"], z: ["z@x", null] };
    const ids = { "a@x": "a", "b@x": "b" } as Record<string, string>;
    const found = resolve(mails);
    for (const [id, [thread, answers]] of Object.entries(expected))
      expect(found[id]).toEqual([thread, answers && ids[answers]]);
    expect(resolve(mails.toReversed())).toEqual(found);
  });

  it("joins answers to a mail that is not in the mailbox, and keeps the name when one more comes", () => {
    const mails = [mail("p", "p@x", { inReplyTo: ["gone@x"] }), mail("q", "q@x", { references: ["gone@x"] })];
    expect(resolve(mails)).toEqual({ p: ["gone@x", null], q: ["gone@x", null] });
    const later = [...mails, mail("r", "a-first@x", { inReplyTo: ["q@x"], references: ["gone@x", "q@x"] })];
    expect(resolve(later)).toEqual({ ...resolve(mails), r: ["gone@x", "q"] });
  });

  it("joins through a mail that was skipped, and answers the kept mail of a copy", () => {
    const found = resolve([
      mail("a", "a@x"),
      mail(null, "short@x", { inReplyTo: ["a@x"] }),
      mail("c", "c@x", { inReplyTo: ["short@x"] }),
      mail(null, "copy@x", { copyOf: "a" }),
      mail("d", "d@x", { inReplyTo: ["copy@x"] }),
    ]);
    expect(found).toMatchObject({ a: ["a@x", null], c: ["a@x", null], d: ["copy@x", "a"] });
  });

  it("takes an address in In-Reply-To for an id only where such a mail is there", () => {
    const unsure = { inReplyTo: ["ann@x"], inReplyToUnsure: true };
    const found = resolve([mail("a", "a@x", unsure), mail("b", "b@x", unsure)]);
    expect(found).toEqual({ a: ["a@x", null], b: ["b@x", null] });
    expect(resolve([mail("a", "a@x", unsure), mail("ann", "ann@x")])).toEqual({
      a: ["ann@x", "ann"],
      ann: ["ann@x", null],
    });
  });

  it("survives circles and mails that answer themselves: following `answers` always ends", () => {
    const found = resolve([
      mail("a", "a@x", { inReplyTo: ["c@x"] }),
      mail("b", "b@x", { inReplyTo: ["a@x"] }),
      mail("c", "c@x", { inReplyTo: ["b@x"] }),
      mail("d", "d@x", { inReplyTo: ["d@x"] }),
    ]);
    expect(found.a[0]).toBe(found.c[0]);
    expect(found.d).toEqual(["d@x", null]);
    for (const id of Object.keys(found)) {
      let at: string | null = id;
      for (let steps = 0; at !== null; steps++) {
        expect(steps).toBeLessThan(5);
        at = found[at][1];
      }
    }
  });

  it("takes a conversation that the source names", () => {
    const mails = [mail("a", "a@x"), mail("b", "b@x")];
    expect(resolve(mails)).toEqual({ a: ["a@x", null], b: ["b@x", null] });
    const named = mails.map((one) => ({ ...one, messageId: null, conversation: "17" }));
    expect(resolve(named)).toEqual({ a: ["conversation 17", null], b: ["conversation 17", null] });
  });

  it("takes 20,000 answers in one chain, and as many to one mail, in little time", () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      mail(`${i}`, `${i}@x`, { inReplyTo: i % 2 ? [`${i - 1}@x`] : ["0@x"] }),
    );
    const found = resolve(chain);
    expect(new Set(Object.values(found).map(([thread]) => thread)).size).toBe(1);
    expect(found["19999"][1]).toBe("19998");
  });
});
