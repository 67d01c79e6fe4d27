import { describe, expect, it } from "vitest";
import { type CsvRecord, readCsv } from "./csv.ts";

async function read(text: string | Buffer, { chunkBytes = 7, maxRecordBytes = 1000 } = {}): Promise<CsvRecord[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const found: CsvRecord[] = [];
  for await (const record of readCsv("t.csv", chunks(), { maxRecordBytes })) found.push(record);
  return found;
}

describe("readCsv", () => {
  it("reads quoted fields with delimiters, line breaks and quotes in them, however the bytes come", async () => {
    const text = '\ufeffid,body\r\n1,"a, ""b""\r\nc"\r\n\r\n2,\r\n"3","é\n"\n';
    const expected = [
      { line: 2, fields: { id: "1", body: 'a, "b"\r\nc' } },
      { line: 5, fields: { id: "2", body: "" } },
      { line: 6, fields: { id: "3", body: "é\n" } },
    ];
    for (const chunkBytes of [1, 2, 3, 1000]) expect(await read(text, { chunkBytes })).toEqual(expected);
  });

  it.each([";", "\t", ","])("finds the delimiter %j in the header row", async (delimiter) => {
    expect(await read(`a${delimiter}b\n"1,5;"${delimiter}"x"`)).toEqual([{ line: 2, fields: { a: "1,5;", b: "x" } }]);
  });

  it("keeps quotes that stand inside a plain field", async () => {
    expect(await read('a,b\n5"" pipe,it"s\n"z",y\n')).toEqual([
      { line: 2, fields: { a: '5"" pipe', b: 'it"s' } },
      { line: 3, fields: { a: "z", b: "y" } },
    ]);
  });

  it("passes over a record that is too large, quoted or not, and reads on behind it", async () => {
    const text = `a,b\n1,${"x".repeat(2000)}\n2,y\n3,"${"x\n".repeat(1000)}"\n4,z`;
    expect(await read(text)).toEqual([
      { line: 2, fields: "tooLarge" },
      { line: 3, fields: { a: "2", b: "y" } },
      { line: 4, fields: "tooLarge" },
      { line: 1005, fields: { a: "4", b: "z" } },
    ]);
  });

  it("counts a record with too few or too many fields", async () => {
    expect((await read("a,b\n1\n1,2,3\n1,2\n")).map(({ fields }) => fields)).toEqual([
      "wrongColumnCount",
      "wrongColumnCount",
      { a: "1", b: "2" },
    ]);
  });

  it("takes windows-1252 for what is not UTF-8", async () => {
    expect(await read(Buffer.from("a,b\nJ\xf6rg,x\n", "latin1"))).toEqual([{ line: 2, fields: { a: "Jörg", b: "x" } }]);
  });

  it("says where a quote was opened that is never closed", async () => {
    await expect(read('a,b\n1,x\n2,"y\n3,z\n')).rejects.toThrow(
      't.csv, line 3: expected a quoted field that ends with ", got the end of the file. Close the quote',
    );
  });

  it("refuses a header that is no header", async () => {
    await expect(read("a,a\n1,2\n")).rejects.toThrow(/line 1: expected a header row .*, got two columns called "a"/);
    await expect(read(Buffer.from("\ufeffa,b\n", "utf16le"))).rejects.toThrow(/expected UTF-8, got UTF-16/);
    await expect(read(`${"x".repeat(3000)}\n1\n`)).rejects.toThrow(/got a line without end/);
  });
});
