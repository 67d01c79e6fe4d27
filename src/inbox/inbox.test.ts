/** The watcher against a real Dovecot. The assistant is a stand-in with the real rules of the trigger; what is tested here is the mailbox. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runInChild } from "../../scripts/fixtures/child.ts";
import { compiled } from "../../scripts/fixtures/compiled.ts";
import { parseMail } from "../mail/index.ts";
import { createRandom } from "../random.ts";
import { defaultRecipe } from "../recipe.ts";
import { type Assistant, createAssistant } from "../reply/portable.ts";
import {
  type CuttingRelay,
  type Dovecot,
  hasDovecot,
  QUOTA_BYTES,
  startCuttingRelay,
  startDovecot,
} from "../sources/read/dovecot.fixture.ts";
import { composeDraft, isUntouched } from "./compose.ts";
import { everyKind } from "./every-kind.fixture.ts";
import { findFolders } from "./folders.ts";
import type { InboxEvent } from "./index.ts";
import type { JournalRow } from "./journal.ts";
import { recipientsOf } from "./recipients.ts";
import { watchInbox } from "./watch.ts";

const owner = { name: "Ann Lee", address: "ann@x.example" };
const now = () => new Date("2026-03-03T12:00:00Z");
const settings = { ...defaultRecipe().inbox, days: 10_000 };

const mail = (
  id: string,
  { from = "Bob <bob@y.example>", subject = "Lunch", body = "Can you come at 10:30?", extra = "" } = {},
) =>
  `From: ${from}\nTo: ann@x.example\nSubject: ${subject}\nMessage-ID: <${id}@y>\nDate: Tue, 3 Mar 2026 10:00:00 +0000\n${extra}\n${body}\n`;

describe("a draft", () => {
  const parsed = async (source: string) => (await parseMail(Buffer.from(source)))!;
  const draft = { text: "Hi Bob,\n\nYes, 10:30 — grüße.", flags: [], language: "en" };
  const options = { id: "d@x", owner, ownAddresses: [owner.address], settings, now: now() };

  test("is threaded, has one Re:, the mail quoted below, and is known as untouched", async () => {
    const source = mail("m2", { subject: "AW: Re: Mittag für zwei", extra: "References: <a@y> <b@y>\n" });
    const bytes = await composeDraft(await parsed(source), draft, options);
    const made = await parsed(bytes.toString("utf8"));
    expect(made).toMatchObject({
      subject: "Re: Mittag für zwei",
      inReplyTo: ["m2@y"],
      references: ["a@y", "b@y", "m2@y"],
      to: [{ name: "Bob", address: "bob@y.example" }],
      from: owner,
    });
    expect(made.text).toBe(`${draft.text}\n\nOn 2026-03-03 10:00, Bob wrote:\n> Can you come at 10:30?`);
    for (const line of bytes.toString("latin1").split("\r\n")) expect(line.length).toBeLessThan(998);
    expect(await isUntouched(bytes)).toBe(true);
    expect(await isUntouched(Buffer.from(bytes.toString("utf8").replace("Yes", "No")))).toBe(false);
    expect(await isUntouched(Buffer.from(bytes.toString("utf8").replace(/^X-Pocketreply.*\r\n/m, "")))).toBe(false);
  });

  test("shows what to check as its first line or in a header, and who wrote it where that is wanted", async () => {
    const flags = [{ kind: "unknown" as const, text: "15:30", start: 0, end: 5, message: "15:30 is not in the mail" }];
    const at = (more: object) => ({ ...options, settings: { ...settings, quote: false, ...more } });
    const line = await composeDraft(await parsed(mail("m")), { ...draft, flags }, at({ signature: "Ann\nx.example" }));
    expect((await parsed(line.toString("utf8"))).text).toBe(
      `[check: 15:30 is not in the mail]\n\n${draft.text}\n\n-- \nAnn\nx.example`,
    );
    const more = { flags: "header", disclosure: "Drafted by a language model." };
    const header = (await composeDraft(await parsed(mail("m")), { ...draft, flags }, at(more))).toString("utf8");
    expect(header).toMatch(/^X-Pocketreply-Check: 15:30 is not in the mail\r\nAI-Disclosure: /m);
    expect((await parsed(header)).text).toBe(`${draft.text}\n\nDrafted by a language model.`);
    expect(line.toString("utf8")).not.toContain("AI-Disclosure");
  });

  test.each([
    ["the sender", "", { to: ["bob@y.example"], cc: [] }],
    ["Reply-To before From", "Reply-To: desk@y.example\n", { to: ["desk@y.example"], cc: [] }],
    ["From where Reply-To names nobody", "Reply-To: Bob\n", { to: ["bob@y.example"], cc: [] }],
    ["From where Reply-To names the owner", "Reply-To: ann@x.example\n", { to: ["bob@y.example"], cc: [] }],
    ["nobody under an address of the owner's own", "Cc: Ann <ann+shop@x.example>\n", { to: ["bob@y.example"], cc: [] }],
    [
      "all of a conversation, never the owner",
      "Cc: Eve <eve@z.example>, ANN@x.example\n",
      { to: ["bob@y.example"], cc: ["eve@z.example"] },
    ],
    [
      "no list that does not ask",
      "Cc: list@l.example\nList-Post: <mailto:list@l.example>\n",
      { to: ["bob@y.example"], cc: [] },
    ],
    [
      "a list that asks",
      "Reply-To: list@l.example\nList-Post: <mailto:list@l.example>\n",
      { to: ["list@l.example"], cc: [] },
    ],
  ])("goes to %s", async (_, extra, expected) => {
    const { to, cc } = recipientsOf(await parsed(mail("m", { extra })), { owner: [owner.address], replyAll: true });
    expect({ to: to.map(({ address }) => address), cc: cc.map(({ address }) => address) }).toEqual(expected);
  });
});

describe("the folders of an account", () => {
  const listed = (paths: readonly (string | [path: string, specialUse: string])[]) =>
    paths.map((one) => {
      const [path, specialUse] = typeof one === "string" ? [one] : one;
      return { path, specialUse, flags: new Set(path === "[Gmail]" ? ["\\Noselect"] : []) } as never;
    });

  test.each([
    [
      "Gmail",
      [
        "INBOX",
        "[Gmail]",
        ["[Gmail]/All Mail", "\\All"],
        ["[Gmail]/Drafts", "\\Drafts"],
        ["[Gmail]/Sent Mail", "\\Sent"],
      ],
      { drafts: "[Gmail]/Drafts", sent: ["[Gmail]/Sent Mail"] },
    ],
    [
      "Gmail in German",
      [
        "INBOX",
        "[Gmail]",
        ["[Gmail]/Alle Nachrichten", "\\All"],
        ["[Gmail]/Entwürfe", "\\Drafts"],
        ["[Gmail]/Gesendet", "\\Sent"],
      ],
      { drafts: "[Gmail]/Entwürfe", sent: ["[Gmail]/Gesendet"] },
    ],
    [
      "Gmail through a server that tells no use",
      ["INBOX", "[Gmail]", "[Google Mail]/Drafts", "[Google Mail]/Sent Mail"],
      { drafts: "[Google Mail]/Drafts", sent: ["[Google Mail]/Sent Mail"] },
    ],
    ["Outlook", ["Archive", ["Drafts", "\\Drafts"], "INBOX", ["Sent", "\\Sent"]], { drafts: "Drafts", sent: ["Sent"] }],
    ["Exchange", ["INBOX", "Drafts", "Sent Items", "Outbox"], { drafts: "Drafts", sent: ["Sent Items"] }],
    [
      "Exchange in French",
      ["INBOX", "Brouillons", "Éléments envoyés"],
      { drafts: "Brouillons", sent: ["Éléments envoyés"] },
    ],
    [
      "Exchange in German",
      ["INBOX", "Entwürfe", "Gesendete Elemente"],
      { drafts: "Entwürfe", sent: ["Gesendete Elemente"] },
    ],
    ["folders below INBOX", ["INBOX", "INBOX.Drafts", "INBOX.Sent"], { drafts: "INBOX.Drafts", sent: ["INBOX.Sent"] }],
    ["Russian", ["INBOX", "Черновики", "Отправленные"], { drafts: "Черновики", sent: ["Отправленные"] }],
    ["Japanese", ["INBOX", "下書き", "送信済み"], { drafts: "下書き", sent: ["送信済み"] }],
    [
      "several of sent mail",
      ["Drafts", ["Sent", "\\Sent"], "Sent Items"],
      { drafts: "Drafts", sent: ["Sent", "Sent Items"] },
    ],
    ["no sent mail", ["INBOX", "Drafts"], { drafts: "Drafts", sent: [] }],
  ] as const)("of %s are found", (_, paths, expected) => {
    expect(findFolders(listed(paths as never), null)).toEqual(expected);
  });
});

test("no code path can send: no SMTP client among the packages, none in this room", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: object };
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const shipped = Object.entries(lock.packages).flatMap(([path, { dev }]) =>
    dev ? [] : [path.split("node_modules/").at(-1)!],
  );
  expect(Object.keys(dependencies)).toContain("imapflow"); // the list is what it is taken for
  expect(shipped.filter((name) => /smtp|sendmail|sendgrid|mailgun/i.test(name))).toEqual([]);
  const room = fileURLToPath(new URL(".", import.meta.url));
  for (const name of readdirSync(room).filter((one) => !one.includes(".test.")))
    expect(readFileSync(join(room, name), "utf8")).not.toMatch(/smtp|createTransport|sendMail|node:net|node:tls/i);
});

const present = hasDovecot();
if (!present) console.log("skipped: drafts in a real IMAP mailbox (no dovecot 2.3 is installed)");

describe.skipIf(!present)("watchInbox, on a real Dovecot", () => {
  let dovecot: Dovecot;
  let relay: CuttingRelay;
  let folder = "";
  let user = "";
  let users = 0;
  let asked: string[] = [];
  let before = 1; // so many mails have been asked for before the first draft is written
  const assistant: Pick<Assistant, "trigger" | "draft"> = {
    trigger: createAssistant({} as never).trigger,
    async *draft(asking) {
      asked.push(asking.subject ?? "");
      while (asked.length < before) await sleep(5);
      const text = `Hi ${asking.from?.name}, yes.`;
      yield { type: "text", text };
      const nothing = { questions: [], flags: [], fields: [], followed: [], shortened: false, cutAtLimit: false };
      yield { type: "done", draft: { ...nothing, text, language: "en", timings: {} as never } };
    },
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "inbox-"));
    dovecot = await startDovecot();
    relay = await startCuttingRelay(dovecot.port);
  });
  beforeEach(async () => {
    user = `user${users++}`;
    [asked, before] = [[], 1];
    dovecot.deliver(user, "Entw&APw-rfe", mail("mine", { from: "ann@x.example", subject: "my own draft" }), "D");
  });
  afterAll(async () => {
    relay?.close();
    await dovecot?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function watch({
    journal = "journal",
    more = {},
  }: {
    journal?: string;
    more?: object;
  } = {}): Promise<InboxEvent[]> {
    const events: InboxEvent[] = [];
    const address = { host: "127.0.0.1", port: relay.port, secure: false, user, folders: [] };
    await watchInbox({
      account: { address, password: "secret", passwordEnv: "IMAP_PASSWORD", maxMessageBytes: 50_000, ...more },
      ...{ assistant, owner, ownAddresses: [owner.address], settings, now, once: true },
      journal: join(folder, `${user}-${journal}.jsonl`),
      onEvent: (event) => events.push(event),
      ...more,
    });
    return events;
  }
  const outcomes = (events: InboxEvent[]) =>
    events.flatMap((event) => (event.kind === "mail" ? [event.outcome] : event.kind === "draft" ? [event.end] : []));

  async function withClient<T>(work: (client: ImapFlow) => Promise<T>, { port } = dovecot): Promise<T> {
    const client = new ImapFlow({
      ...{ host: "127.0.0.1", port, secure: false, logger: false },
      auth: { user, pass: "secret" },
    });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }
  const read = (path: string) =>
    withClient(async (client) => {
      await client.mailboxOpen(path, { readOnly: true });
      const all = await client.fetchAll("1:*", { flags: true, source: true, uid: true });
      return all.map(({ flags, source, uid }) => ({
        uid,
        flags: [...(flags ?? [])]
          .filter((flag) => flag !== "\\Recent")
          .sort()
          .join(),
        text: source?.toString("utf8") ?? "",
      }));
    });
  const drafts = async () => (await read("Entwürfe")).filter(({ text }) => text.includes("X-Pocketreply-Draft"));

  test("answers what wants an answer, once, and changes nothing in INBOX", async () => {
    dovecot.deliver(user, "", mail("a"));
    dovecot.deliver(
      user,
      "",
      mail("b", { extra: "List-Unsubscribe: <https://n.example>\nPrecedence: bulk\n", body: "Ten tips for spring." }),
      "S",
    );
    dovecot.deliver(user, "", mail("c", { from: "ann@x.example" }));
    dovecot.deliver(user, "", mail("d"), "RS");
    dovecot.deliver(user, "", mail("e", { body: "x".repeat(60_000) }));
    const before = (await read("INBOX")).map(({ uid, flags }) => `${uid} ${flags}`);
    const events = await watch();
    expect(outcomes(events).sort()).toEqual(["answered", "drafted", "noReply", "noReply", "tooLarge"]);
    expect(events.find((event) => event.kind === "mail" && event.uid === 2)).toMatchObject({ outcome: "noReply" });
    const made = await drafts();
    expect(made).toHaveLength(1);
    expect(made[0].flags).toBe("\\Draft,\\Seen");
    expect(made[0].text).toContain("In-Reply-To: <a@y>");
    expect(JSON.stringify(events)).not.toMatch(/Lunch|10:30|Bob/); // no word of a mail
    expect(readFileSync(join(folder, `${user}-journal.jsonl`), "utf8")).not.toMatch(/Lunch|10:30|Bob/);
    expect((await read("INBOX")).map(({ uid, flags }) => `${uid} ${flags}`)).toEqual(before);
    expect(outcomes(await watch())).toEqual([]); // a restart repeats nothing
    expect(await drafts()).toHaveLength(1);
  });

  test("makes no second draft: not beside the person's own, not after a crash, not beside another watcher", async () => {
    dovecot.deliver(user, "", mail("a"));
    dovecot.deliver(user, "", mail("b", { subject: "Dinner" }));
    dovecot.deliver(user, "Entw&APw-rfe", mail("x", { from: "ann@x.example", extra: "In-Reply-To: <a@y>\n" }), "D");
    expect(outcomes(await watch()).sort()).toEqual(["drafted", "hasDraft"]);
    expect(asked).toEqual(["Dinner"]);
    // Another machine, or a journal that a crash lost: the draft is found and taken for what it is.
    expect(outcomes(await watch({ journal: "other" })).sort()).toEqual(["drafted", "hasDraft"]);
    expect(await drafts()).toHaveLength(1);
  });

  test("takes an untouched draft back when the mail was answered elsewhere or its thread moved on, and leaves a touched one", async () => {
    for (const id of ["a", "b", "c", "d"]) dovecot.deliver(user, "", mail(id, { subject: `mail ${id}` }));
    await watch();
    expect(await drafts()).toHaveLength(4);
    dovecot.deliver(user, "Gesendet", mail("s", { from: "ann@x.example", extra: "In-Reply-To: <a@y>\n" }), "S");
    dovecot.deliver(user, "", mail("b2", { from: "no-reply@y.example", extra: "References: <b@y>\n" }));
    await withClient(async (client) => {
      await client.mailboxOpen("Entwürfe"); // a mail program saves an edited draft as a new message
      const [uid] = (await client.search({ header: { "in-reply-to": "<c@y>" } }, { uid: true })) || [];
      const message = await client.fetchOne(String(uid), { source: true }, { uid: true });
      if (!message) throw new Error("the draft is not there");
      await client.append("Entwürfe", message.source!.toString("utf8").replace("yes", "no, sorry"), [
        "\\Draft",
        "\\Seen",
      ]);
      await client.messageDelete(String(uid), { uid: true });
    });
    dovecot.deliver(user, "Gesendet", mail("s2", { from: "ann@x.example", extra: "In-Reply-To: <c@y>\n" }), "S");
    expect(outcomes(await watch()).sort()).toEqual(["noReply", "touched", "withdrawn", "withdrawn"]);
    const left = await drafts();
    expect(left.map(({ text }) => /In-Reply-To: <(.)@y>/.exec(text)?.[1]).sort()).toEqual(["c", "d"]);
    expect((await read("Entwürfe")).some(({ text }) => text.includes("my own draft"))).toBe(true);
    await withClient(async (client) => {
      await client.mailboxOpen("Entwürfe");
      const [uid] = (await client.search({ header: { "in-reply-to": "<d@y>" } }, { uid: true })) || [];
      await client.messageDelete(String(uid), { uid: true });
    });
    expect(outcomes(await watch())).toEqual(["gone"]);
    expect(outcomes(await watch())).toEqual([]); // and is not made again
  });

  test("drafts in an account without a folder of sent mail, where the flag of an answered mail is all that tells of an answer", async () => {
    const bare = await startDovecot({ hasQuota: false, hasSent: false });
    const more = { address: { host: "127.0.0.1", port: bare.port, secure: false, user, folders: [] } };
    try {
      bare.deliver(user, "Drafts", mail("mine", { from: "ann@x.example", subject: "my own draft" }), "D");
      for (const id of ["a", "b"]) bare.deliver(user, "", mail(id, { subject: `mail ${id}` }));
      expect(outcomes(await watch({ more }))).toEqual(["drafted", "drafted"]);
      const left = await withClient(async (client) => {
        await client.mailboxOpen("INBOX");
        const query = { header: { "message-id": "<a@y>" } };
        await client.messageFlagsAdd(query, ["\\Answered"]);
        expect(outcomes(await watch({ more }))).toEqual(["withdrawn"]);
        await client.mailboxOpen("Drafts", { readOnly: true });
        return client.search({ header: { "x-pocketreply-draft": "" } });
      }, bare);
      expect(left).toHaveLength(1);
    } finally {
      await bare.stop();
    }
  });

  test("says when there is no folder for drafts, and which there are", async () => {
    await expect(watch({ more: { settings: { ...settings, drafts: "Nope" } } })).rejects.toThrow(
      /no folder "Nope".*inbox\.drafts; the folders are .*"Entwürfe"/,
    );
  });

  test("answers mail that comes while it looks, and mail that comes while it waits with IDLE", async () => {
    dovecot.deliver(user, "", mail("first"));
    const controller = new AbortController();
    const events: InboxEvent[] = [];
    const running = watch({
      more: {
        once: false,
        signal: controller.signal,
        onEvent: (event: InboxEvent) => {
          events.push(event);
          // The list of what is new was taken before this one comes, and the wait begins after it.
          if (events.length === 1) dovecot.deliver(user, "", mail("meanwhile", { subject: "Dinner" }));
          if (events.length === 3) controller.abort(new Error("enough"));
        },
      },
    });
    running.catch(() => {});
    await expect.poll(() => outcomes(events), { timeout: 20_000 }).toEqual(["drafted", "drafted"]);
    await expect.poll(() => relay.isIdle, { timeout: 20_000 }).toBe(true);
    await withClient((client) => client.append("INBOX", mail("late", { subject: "Breakfast" })));
    await expect(running).rejects.toThrow("enough");
    expect(outcomes(events)).toEqual(["drafted", "drafted", "drafted"]);
  }, 60_000);

  test("200 mails of every kind: each has one end, each that wants an answer one draft, and INBOX stays as it was", async () => {
    const made = Array.from({ length: 200 }, (_, i) => ({ ...everyKind[i % everyKind.length], id: `k${i}-` }));
    for (const { make, id, flags } of made) dovecot.deliver(user, "", make(id), flags);
    const before = (await read("INBOX")).map(({ uid, flags, text }) => ({ uid, flags, text }));
    const events = await watch();
    const ends = events.flatMap((event) => (event.kind === "mail" ? [event] : []));
    expect(ends.map(({ uid }) => uid).sort((a, b) => a - b)).toEqual(before.map(({ uid }) => uid));
    const wrong = ends.flatMap(({ uid, outcome, reason }) => {
      const { text } = before.find((one) => one.uid === uid)!;
      const { name, outcome: wanted } = made.find(({ id }) => text.includes(id))!;
      return wanted === null || wanted === outcome ? [] : [`${name}: ${outcome}, ${reason}`];
    });
    expect([...new Set(wrong)]).toEqual([]);
    const written = await Promise.all((await drafts()).map(async ({ text }) => (await parseMail(Buffer.from(text)))!));
    expect(written.length).toBe(ends.filter(({ outcome }) => outcome === "drafted").length);
    expect(written.length).toBeGreaterThan(100);
    for (const { subject, to, cc } of written) {
      expect(subject).toMatch(/^Re: (?!Re:)/);
      expect(to.length).toBeGreaterThan(0);
      expect([...to, ...cc].map(({ address }) => address)).not.toContain("ann@x.example");
    }
    for (const { text } of await drafts()) expect(text.split("\r\n\r\n")[0]).not.toMatch(/^bcc:/im);
    expect((await read("INBOX")).map(({ uid, flags, text }) => ({ uid, flags, text }))).toEqual(before);
  }, 240_000);

  test("a full mailbox or a folder that refuses: said, nothing lost, and the draft comes when there is room", async () => {
    dovecot.deliver(user, "", mail("a"));
    dovecot.deliver(user, "Archiv", `Subject: big\n\n${"x".repeat(99)}\n`.padEnd(QUOTA_BYTES, "y\n"));
    const full = await watch();
    expect(outcomes(full)).toEqual([]);
    expect(full).toMatchObject([
      { kind: "connection", message: expect.stringMatching(/^Entwürfe takes no draft now: .*quota/i) },
    ]);
    expect(await drafts()).toEqual([]);
    await withClient(async (client) => {
      await client.mailboxOpen("Archiv");
      await client.messageDelete("1:*");
    });
    dovecot.protect(user, "Entw&APw-rfe", true);
    const refused = await watch();
    dovecot.protect(user, "Entw&APw-rfe", false);
    expect(refused).toMatchObject([{ kind: "connection", message: expect.stringContaining("takes no draft now") }]);
    expect(JSON.stringify([full, refused])).not.toMatch(/Lunch|Bob/);
    expect(outcomes(await watch())).toEqual(["drafted"]);
    expect(await drafts()).toHaveLength(1);
  });

  test.each(["[Gmail]/Drafts", "Brouillons", "Черновики", "下書き"])("writes into %s", async (path) => {
    user = `folders${users++}`; // without the folder that the others have
    dovecot.deliver(user, "", mail("a"));
    await withClient((client) => client.mailboxCreate(path));
    expect(outcomes(await watch())).toEqual(["drafted"]);
    expect(await read(path)).toHaveLength(1);
  });

  test("two watchers at once leave one draft a mail", async () => {
    for (let i = 0; i < 5; i++) dovecot.deliver(user, "", mail(`m${i}`, { subject: `mail ${i}` }));
    before = 2;
    const [one, other] = await Promise.all([watch({ journal: "one" }), watch({ journal: "other" })]);
    expect(asked.slice(0, 2)).toEqual(["mail 4", "mail 4"]); // they did meet, at the newest
    for (const events of [one, other]) expect(outcomes(events)).toEqual(Array(5).fill("drafted"));
    const made = (await drafts()).map(({ text }) => /In-Reply-To: <(.*)>/.exec(text)?.[1]);
    expect(made.sort()).toEqual(Array.from({ length: 5 }, (_, i) => `m${i}@y`));
  });

  test("goes on by itself when the connection is cut at random, with one draft a mail", async () => {
    for (let i = 0; i < 8; i++) dovecot.deliver(user, "", mail(`m${i}`, { subject: `mail ${i}` }));
    const random = createRandom("cuts");
    const cuts = Array.from({ length: 5 }, () => 2_000 + random.integer(12_000));
    relay.cutAfterBytes = [...Array(relay.connections).fill(null), ...cuts, null];
    const events = await watch();
    relay.cutAfterBytes = [null];
    expect(events.filter(({ kind }) => kind === "connection").length).toBeGreaterThanOrEqual(2);
    const made = (await drafts()).map(({ text }) => /In-Reply-To: <(.*)>/.exec(text)?.[1]);
    expect(new Set(made).size).toBe(8);
    expect(made).toHaveLength(8);
  }, 240_000);

  test("takes a search that was refused for no answer, not for an empty one", async () => {
    dovecot.deliver(user, "", mail("m"));
    for (const [journal, command] of Object.entries({ first: /UID SEARCH.*UNDRAFT/i, header: /UID SEARCH.*HEADER/i })) {
      relay.refuseCommand = command;
      const events = await watch({ journal });
      expect(relay.refuseCommand).toBeNull();
      expect(events.filter(({ kind }) => kind === "connection")).toHaveLength(1);
      expect(outcomes(events)).toEqual(["drafted"]);
      expect(await drafts()).toHaveLength(1);
    }
  });

  test("goes on when the server was away, once it has watched", async () => {
    const passing = await startCuttingRelay(dovecot.port);
    const { port } = passing;
    const controller = new AbortController();
    const events: InboxEvent[] = [];
    const running = watch({
      more: {
        ...{ once: false, signal: controller.signal },
        address: { host: "127.0.0.1", port, secure: false, user, folders: [] },
        onEvent(event: InboxEvent) {
          events.push(event);
          if (event.kind === "mail" && event.uid === 2) controller.abort(new Error("enough"));
        },
      },
    });
    running.catch(() => {});
    dovecot.deliver(user, "", mail("before"));
    await expect.poll(() => outcomes(events), { timeout: 10_000 }).toEqual(["drafted"]);
    passing.close();
    await expect.poll(() => JSON.stringify(events), { timeout: 10_000 }).toContain("ECONNREFUSED");
    dovecot.deliver(user, "", mail("after", { subject: "Dinner" }));
    const back = await startCuttingRelay(dovecot.port, port);
    await expect(running).rejects.toThrow("enough");
    back.close();
    expect(outcomes(events)).toEqual(["drafted", "drafted"]);
  }, 120_000);

  test("killed ten times at random: one draft a mail, and none is decided twice", async () => {
    const mails = 24;
    for (let i = 0; i < mails; i++) dovecot.deliver(user, "", mail(`m${i}`, { subject: `mail ${i}` }));
    const journal = join(folder, `${user}-killed.jsonl`);
    const code = `
      import { watchInbox } from ${JSON.stringify(compiled("src/inbox/index.ts"))};
      import { createAssistant } from ${JSON.stringify(compiled("src/reply/portable.ts"))};
      const nothing = { questions: [], flags: [], fields: [], followed: [], shortened: false, cutAtLimit: false, language: "en", timings: {} };
      await watchInbox({
        account: { address: { host: "127.0.0.1", port: ${dovecot.port}, secure: false, user: ${JSON.stringify(user)}, folders: [] }, password: "secret", passwordEnv: "P", maxMessageBytes: 50000 },
        assistant: { trigger: createAssistant({}).trigger, async *draft() { yield { type: "done", draft: { ...nothing, text: "Yes." } }; } },
        owner: ${JSON.stringify(owner)}, ownAddresses: [${JSON.stringify(owner.address)}],
        settings: ${JSON.stringify(settings)}, journal: ${JSON.stringify(journal)}, once: true,
      });`;
    const random = createRandom("kills");
    const rows = () => (existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length - 1 : 0);
    for (let kill = 0; kill < 10; kill++) {
      const target = rows() + random.integer(2);
      const child = runInChild(code);
      let ended = false;
      const exit = child.exit.then((how) => {
        ended = true;
        return how;
      });
      while (!ended && rows() <= target) await sleep(1);
      await sleep(random.integer(12));
      child.kill();
      expect(await exit).toBe("SIGKILL");
    }
    expect(rows()).toBeLessThan(mails);
    expect(await runInChild(code).exit).toBe("0");
    const keys = readFileSync(journal, "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as JournalRow).key);
    expect(new Set(keys).size).toBe(mails);
    expect(keys).toHaveLength(mails);
    const made = (await drafts()).map(({ text }) => /In-Reply-To: <(.*)>/.exec(text)?.[1]);
    expect(new Set(made).size).toBe(mails);
    expect(made).toHaveLength(mails);
  }, 240_000);
});
