/**
 * Writes src/mail/languages/calendar.json: month names of many languages and long names of time zones, from the Unicode CLDR data
 * in the runtime's Intl. Run: npx tsx scripts/write-calendar.ts
 */
import { writeFileSync } from "node:fs";

const LANGUAGES =
  "en de fr es pt it nl sv da nb fi is pl cs sk sl hr sr sr-Latn bg mk ro hu el ru uk be lt lv et tr az ca eu gl ga cy sq id ms vi th ar fa he hi ja ko zh".split(
    " ",
  );

/** The names of each month; a word may stand in two rows, where languages differ ("listopad"). */
function months(): string[][] {
  const found = Array.from({ length: 12 }, () => new Set<string>());
  for (const language of LANGUAGES) {
    for (const month of ["short", "long"] as const) {
      for (const day of [undefined, "numeric"] as const) {
        const format = new Intl.DateTimeFormat(language, {
          month,
          day,
          timeZone: "UTC",
          calendar: "gregory",
          numberingSystem: "latn",
        });
        for (let i = 0; i < 12; i++) {
          const part = format.formatToParts(Date.UTC(2024, i, 15)).find(({ type }) => type === "month");
          const word = (part?.value ?? "").toLowerCase().normalize("NFC").replace(/\.$/, "");
          if (word === "" || /\d/.test(word)) continue;
          found[i].add(word);
        }
      }
    }
  }
  return found.map((words) => [...words].sort());
}

/** English long name -> minutes east of UTC, for names that mean one offset only. */
function zones(): Record<string, number> {
  const found = new Map<string, Set<number>>();
  for (const timeZone of Intl.supportedValuesOf("timeZone")) {
    for (const time of [Date.UTC(2024, 0, 15, 12), Date.UTC(2024, 6, 15, 12)]) {
      const part = (timeZoneName: "long" | "longOffset") =>
        new Intl.DateTimeFormat("en", { timeZone, timeZoneName })
          .formatToParts(time)
          .find(({ type }) => type === "timeZoneName")?.value ?? "";
      const name = part("long").toLowerCase();
      const offset = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(part("longOffset"));
      if (!offset || name.startsWith("gmt")) continue;
      const minutes = (offset[1] === "-" ? -1 : 1) * (Number(offset[2] ?? 0) * 60 + Number(offset[3] ?? 0));
      found.set(name, (found.get(name) ?? new Set()).add(minutes));
    }
  }
  const single = [...found].filter(([, set]) => set.size === 1).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(single.map(([name, set]) => [name, [...set][0]]));
}

const path = new URL("../src/mail/languages/calendar.json", import.meta.url);
const source = `Unicode CLDR ${process.versions.cldr} by Intl of Node ${process.versions.node}: npx tsx scripts/write-calendar.ts`;
const rows = (list: readonly unknown[]) => list.map((row) => `    ${JSON.stringify(row)}`).join(",\n");
const zoneRows = Object.entries(zones()).map(([name, minutes]) => `    ${JSON.stringify(name)}: ${minutes}`);
writeFileSync(
  path,
  `{\n  "source": ${JSON.stringify(source)},\n  "months": [\n${rows(months())}\n  ],\n  "zones": {\n${zoneRows.join(",\n")}\n  }\n}\n`,
);
