import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseDate } from "./date.ts";

const golden = JSON.parse(readFileSync(new URL("../../../golden/mail/lists.json", import.meta.url), "utf8")) as {
  dates: [string, string][];
};

it("reads dates as Python's email.utils does", () => {
  expect(golden.dates.map(([header]) => [header, parseDate(header)])).toEqual(golden.dates);
});

it.each([
  ["Thu Aug 22 12:36:23 2002", "2002-08-22T12:36:23.000Z"], // asctime
  ["2024-06-24", "2024-06-24T00:00:00.000Z"],
  ["2024-06-24T10:11:12+0200", "2024-06-24T08:11:12.000Z"],
  ["2024-06-24 10:11:12.5Z", "2024-06-24T10:11:12.500Z"],
  ["Mon, 24 Jun 2024 10:11:12 XYZ", "2024-06-24T10:11:12.000Z"],
  ["", null],
  ["yesterday", null],
  ["Mon, 45 Jun 2024 10:11:12 +0000", null],
  ["Mon, 24 Jux 2024 10:11:12 +0000", null],
  ["Thu, 01 Jan 0102 00:00:00 +0000", null],
  ["Mon, 24 Jun 2924 10:11:12 +0000", null],
])("reads %j as %s", (header, expected) => {
  expect(parseDate(header)).toBe(expected);
});
