import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultRecipe } from "../../recipe.ts";
import { type CuttingRelay, type Dovecot, hasDovecot, startCuttingRelay, startDovecot } from "./dovecot.fixture.ts";
import { fetchMailbox } from "./imap.ts";
import { parseImapAddress } from "./imap-address.ts";
import { readStoredMailbox } from "./imap-store.ts";
import type { RawMessage } from "./raw.ts";

const recipe = { ...defaultRecipe().import, maxMessageBytes: 100_000, retries: 1 };

describe("parseImapAddress", () => {
  it("takes server, port, user and folders apart", () => {
    expect(parseImapAddress("imaps://ann@example.com@imap.example.com/INBOX,Sent%20Items,a%2Cb")).toEqual({
      ...{ host: "imap.example.com", port: 993, secure: true, user: "ann@example.com" },
      folders: ["INBOX", "Sent Items", "a,b"],
    });
    expect(parseImapAddress("imap://ann@[::1]:1143")).toEqual({
      ...{ host: "::1", port: 1143, secure: false, user: "ann", folders: [] },
    });
  });

  it("refuses a password in the address, without repeating it", () => {
    expect(() => parseImapAddress("imaps://ann:s3cret@example.com/INBOX")).toThrow(/must not stand in the address/);
    expect(() => parseImapAddress("imaps://ann:s3cret@exa mple/INBOX")).toThrow(/^(?!.*s3cret)/);
    expect(() => parseImapAddress("imaps://example.com/INBOX")).toThrow(/names no user/);
  });
});

const present = hasDovecot();
if (!present) console.log("skipped: fetching from a real IMAP server (no dovecot 2.3 is installed)");

describe.skipIf(!present)("fetchMailbox, from a real Dovecot", () => {
  let dovecot: Dovecot;
  let relay: CuttingRelay;
  let folder = "";
  let runs = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "imap-"));
    dovecot = await startDovecot();
    relay = await startCuttingRelay(dovecot.port);
    for (let i = 0; i < 30; i++) dovecot.deliver("ann", "", mail(i), i === 3 ? "D" : i === 4 ? "ST" : i % 2 ? "S" : "");
    dovecot.deliver("ann", "", `Subject: large\n\n${"x".repeat(200_000)}\n`);
    for (let i = 0; i < 3; i++) dovecot.deliver("ann", "Gesendet", `From: ann@x.example\n${mail(100 + i)}`, "S");
    dovecot.deliver("ann", "Papierkorb", mail(200));
    dovecot.deliver("ann", "Entw&APw-rfe.2024", mail(300));
  });
  afterAll(async () => {
    relay?.close();
    await dovecot?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function mail(number: number): string {
    return `Message-ID: <${number}@x>\nSubject: s${number}\n\nFrom here on,\nbody ${number} ${"é".repeat(300)}\n`;
  }

  async function fetchAll(at: string, { path = "", password = "secret", user = "ann", more = {} } = {}) {
    process.env.TEST_IMAP_PASSWORD = password;
    const seen: number[] = [];
    const origin = await fetchMailbox({
      source: `imap://${user}@127.0.0.1:${relay.port}${path}`,
      folder: at,
      recipe: { ...recipe, imap: { passwordEnv: "TEST_IMAP_PASSWORD" }, ...more },
      onFetch: ({ done }) => void seen.push(done),
    });
    const messages: RawMessage[] = [];
    const options = { maxMessageBytes: 100_000, fields: {} };
    for await (const message of readStoredMailbox(at, origin.folders, options)) messages.push(message);
    return { origin, messages, fetched: seen.length };
  }

  async function flagsOf(mailbox: string): Promise<string> {
    const client = new ImapFlow({
      ...{ host: "127.0.0.1", port: dovecot.port, secure: false, logger: false },
      auth: { user: "ann", pass: "secret" },
    });
    await client.connect();
    await client.mailboxOpen(mailbox, { readOnly: true });
    const all = await client.fetchAll("1:*", { flags: true, uid: true });
    await client.logout();
    return all.map(({ uid, flags }) => `${uid}:${[...(flags ?? [])].filter((f) => f !== "\\Recent").join()}`).join(" ");
  }

  const text = ({ content }: RawMessage) =>
    content.kind === "mime" ? Buffer.from(content.bytes).toString("utf8").replaceAll("\r", "") : content.kind;

  it("brings INBOX and the sent mail, byte for byte, with folders and flags as labels, and changes nothing", async () => {
    const before = await flagsOf("INBOX");
    const { origin, messages, fetched } = await fetchAll(join(folder, `run${runs++}`));
    expect(origin.folders.map(({ mailbox, messages: count }) => [mailbox, count])).toEqual([
      ["INBOX", 31],
      ["Gesendet", 3],
    ]);
    expect(fetched).toBe(34);
    expect(messages.filter(({ labels }) => labels?.includes("\\Sent"))).toHaveLength(3);
    const inbox = messages.filter(({ labels }) => labels?.includes("INBOX"));
    const texts = new Set(inbox.map(text));
    for (let i = 0; i < 30; i++) expect(texts.has(mail(i))).toBe(true);
    const labelled = (label: string) => inbox.filter(({ labels }) => labels?.includes(label)).map(text);
    expect(labelled("Drafts")).toEqual([mail(3)]);
    expect(labelled("Trash")).toEqual([mail(4)]);
    expect(inbox.filter(({ content }) => content.kind === "skip").map(({ content }) => content)).toEqual([
      { kind: "skip", reason: "tooLarge" },
    ]);
    expect(before).toMatch(/\\Seen/);
    expect(await flagsOf("INBOX")).toBe(before); // no \Seen was set
  });

  it("fetches nothing again, and only what has come since", async () => {
    const at = join(folder, `run${runs++}`);
    await fetchAll(at);
    expect((await fetchAll(at)).fetched).toBe(0);
    dovecot.deliver("ann", "Gesendet", mail(103), "S");
    const { fetched, messages } = await fetchAll(at);
    expect(fetched).toBe(1);
    expect(text(messages.at(-1)!)).toBe(mail(103));
  });

  it("goes on by itself when the connection is cut, and gives up with everything kept when it stays so", async () => {
    const at = join(folder, `run${runs++}`);
    const from = relay.connections;
    relay.cutAfterBytes = [...Array(from).fill(null), 9_000, 16_000, null];
    const whole = await fetchAll(at, { path: "/INBOX" });
    expect(relay.connections - from).toBeGreaterThanOrEqual(3);
    expect(whole.fetched).toBe(31); // none twice
    expect(new Set(whole.messages.map(({ source }) => source)).size).toBe(31);

    const cut = join(folder, `run${runs++}`);
    relay.cutAfterBytes = [9_000, 100];
    relay.cutAfterBytes = [...Array(relay.connections).fill(null), 9_000, 100];
    await expect(fetchAll(cut, { path: "/INBOX" })).rejects.toThrow(
      /The connection to 127\.0\.0\.1:\d+ was lost \(\w+\)\. What has been fetched is kept: run the same command again/,
    );
    relay.cutAfterBytes = [null];
    const rest = await fetchAll(cut, { path: "/INBOX" });
    expect(rest.fetched).toBeLessThan(31);
    expect(rest.messages.map(text)).toEqual(whole.messages.map(text));
  });

  it("takes a search that was refused for no answer, not for an empty folder", async () => {
    relay.refuseCommand = /UID SEARCH/i;
    expect((await fetchAll(join(folder, `run${runs++}`), { path: "/INBOX" })).fetched).toBe(31);
    expect(relay.refuseCommand).toBeNull();
  });

  it("mends what a killed process left: a message without its row, a torn row", async () => {
    const at = join(folder, `run${runs++}`);
    const whole = await fetchAll(at, { path: "/INBOX" });
    const index = readFileSync(join(at, "INBOX.jsonl"), "utf8").trimEnd().split("\n");
    rmSync(join(at, "INBOX.jsonl"));
    appendFileSync(join(at, "INBOX.jsonl"), `${index.slice(0, 20).join("\n")}\n${index[20].slice(0, 9)}`);
    const again = await fetchAll(at, { path: "/INBOX" });
    expect(again.fetched).toBe(31 - 19);
    expect(again.messages.map(text)).toEqual(whole.messages.map(text));
    expect(statSync(join(at, "INBOX.mbox")).size).toBe(JSON.parse(index.at(-2)!).end ?? 0);
  });

  it("fetches a folder anew that the server has numbered anew, and says so", async () => {
    const client = new ImapFlow({
      ...{ host: "127.0.0.1", port: dovecot.port, secure: false, logger: false },
      auth: { user: "ann", pass: "secret" },
    });
    await client.connect();
    const at = join(folder, `run${runs++}`);
    for (const round of [1, 2]) {
      if (round === 2) await client.mailboxDelete("Projects");
      await client.mailboxCreate("Projects");
      for (let i = 0; i < round; i++) await client.append("Projects", mail(500 + round));
      const { origin, messages } = await fetchAll(at, { path: "/Projects" });
      expect(origin.folders[0]).toMatchObject({ mailbox: "Projects", messages: round, renumbered: round === 2 });
      expect(new Set(messages.map(text))).toEqual(new Set([mail(500 + round)]));
      await sleep(1100); // UIDVALIDITY is a time in seconds
    }
    await client.logout();
  });

  it("takes all folders but those left out, and one with a name outside ASCII", async () => {
    const { origin } = await fetchAll(join(folder, `run${runs++}`), { path: "/*" });
    const names = origin.folders.map(({ mailbox }) => mailbox);
    expect(names).toContain("INBOX");
    expect(names).not.toContain("Papierkorb");
    const one = await fetchAll(join(folder, `run${runs++}`), { path: `/${encodeURIComponent("Entwürfe/2024")}` });
    expect(one.messages.map(text)).toEqual([mail(300)]);
  });

  it("says what is wrong: password, folder, server, port, account", async () => {
    const at = join(folder, `run${runs++}`);
    await expect(fetchAll(at, { password: "wrong" })).rejects.toThrow(
      /does not let ann in \(.*Authentication failed.*\)\. Check the name and the password in TEST_IMAP_PASSWORD/,
    );
    await expect(fetchAll(at, { password: "" })).rejects.toThrow(
      /The password of ann on 127\.0\.0\.1 is needed: put it into the environment variable TEST_IMAP_PASSWORD/,
    );
    await expect(fetchAll(at, { path: "/Nope" })).rejects.toThrow(
      /ann on 127\.0\.0\.1 has no folder "Nope"\. The folders are .*"INBOX"/,
    );
    await fetchAll(at, { path: "/Gesendet" });
    await expect(fetchAll(at, { path: "/Gesendet", user: "bob" })).rejects.toThrow(
      /holds mail of ann on 127\.0\.0\.1, not of bob on 127\.0\.0\.1\. Choose another --run/,
    );
    process.env.TEST_IMAP_PASSWORD = "secret";
    const other = (source: string) =>
      fetchMailbox({ source, folder: at, recipe: { ...recipe, imap: { passwordEnv: "TEST_IMAP_PASSWORD" } } });
    await expect(other("imaps://ann@nowhere.invalid/INBOX")).rejects.toThrow(
      /The server nowhere\.invalid is not known/,
    );
    await expect(other("imap://ann@127.0.0.1:1/INBOX")).rejects.toThrow(
      /Nothing answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
    );
    await expect(other(`imaps://ann@127.0.0.1:${dovecot.port}/INBOX`)).rejects.toThrow(/does not speak TLS here/);
  });
});
