/** A real Dovecot on a loopback port, with its own configuration, users and mail in a temporary folder. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A running server. Every user has the password "secret". */
export interface Dovecot {
  readonly port: number;
  /** The users' Maildirs lie here. */
  readonly folder: string;
  /** Puts a message into a folder (INBOX is "") of a user, as a delivery does; `flags` as in a Maildir name. */
  deliver(user: string, folder: string, message: string | Buffer, flags?: string): void;
  /** Lets nobody write into a folder of a user, or lets them again. */
  protect(user: string, folder: string, isProtected: boolean): void;
  stop(): Promise<void>;
}

/** Whether a Dovecot of version 2.3, whose configuration this is, is installed. */
export function hasDovecot(): boolean {
  const found = spawnSync("dovecot", ["--version"], { encoding: "utf8", env: withSbin() });
  return found.status === 0 && found.stdout.startsWith("2.3.");
}

function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin` };
}

/** What a user's mail may take, in bytes; an APPEND beyond it is refused. */
export const QUOTA_BYTES = 4 << 20;

/** Starts Dovecot as a child that stays in the foreground. */
export async function startDovecot({ hasQuota = true, hasSent = true } = {}): Promise<Dovecot> {
  const folder = mkdtempSync(join(tmpdir(), "dovecot-"));
  chmodSync(folder, 0o755);
  const mail = join(folder, "mail");
  for (const name of ["base", "state", "mail"]) mkdirSync(join(folder, name));
  chmodSync(mail, 0o777);
  const port = await freePort();
  const { username, uid, gid } = userInfo();
  const isRoot = uid === 0; // then the users that the package has made serve logins
  const owner = isRoot ? { uid: 65534, gid: 65534 } : { uid, gid }; // Dovecot reads no mail as root
  writeFileSync(
    join(folder, "dovecot.conf"),
    `base_dir = ${folder}/base
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
${isRoot ? "" : `default_internal_user = ${username}\ndefault_internal_group = ${readGroup(gid)}\ndefault_login_user = ${username}`}
first_valid_uid = 1
mail_location = maildir:${mail}/%u
mail_fsync = never
${hasQuota ? "mail_plugins = quota" : ""}
plugin {
  quota = count:User quota
  quota_rule = *:bytes=${QUOTA_BYTES}
  quota_vsizes = yes
  quota_grace = 0
}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${mail}/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
namespace inbox {
  inbox = yes
  separator = /
${hasSent ? "  mailbox Gesendet {\n    special_use = \\Sent\n    auto = create\n  }" : ""}
  mailbox Papierkorb {
    special_use = \\Trash
    auto = create
  }
}
`,
  );
  const child = spawn("dovecot", ["-F", "-c", join(folder, "dovecot.conf")], { stdio: "ignore", env: withSbin() });
  await answers(port, child, folder);
  let delivered = 0;
  return {
    port,
    folder: mail,
    deliver(user, name, message, flags = "") {
      const place = join(mail, user, name === "" ? "" : `.${name}`);
      const path = join(
        place,
        flags === "" ? "new" : "cur",
        `${1_000_000 + delivered++}.test${flags && `:2,${flags}`}`,
      );
      for (const part of ["cur", "new", "tmp"]) openFolder(mail, join(place, part));
      writeFileSync(path, typeof message === "string" ? message.replaceAll(/\r?\n/g, "\r\n") : message);
      chmodSync(path, 0o666);
    },
    protect(user, name, isProtected) {
      const place = join(mail, user, name === "" ? "" : `.${name}`);
      for (const part of ["cur", "new", "tmp"]) chmodSync(join(place, part), isProtected ? 0o555 : 0o777);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await Promise.race([ended, sleep(3000)]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Makes a folder and all above it up to `root` writable for the user that Dovecot reads mail as. */
function openFolder(root: string, path: string): void {
  mkdirSync(path, { recursive: true });
  for (let at = path; at.length > root.length; at = dirname(at)) chmodSync(at, 0o777);
}

function readGroup(gid: number): string {
  const line = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((one) => one.split(":")[2] === String(gid));
  return line?.split(":")[0] ?? String(gid);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number, child: ChildProcess, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`dovecot ended: ${readFileSync(join(folder, "log"), "utf8")}`);
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("data", () => resolve(true)); // the greeting
      socket.once("error", () => resolve(false));
      socket.setTimeout(1000, () => resolve(false));
      socket.once("close", () => resolve(false));
      setTimeout(() => socket.destroy(), 1500).unref();
    });
    if (isUp) return;
    await sleep(50);
  }
  throw new Error("dovecot does not answer");
}

/** A relay in front of a server that cuts each connection after a number of bytes from the server; null lets it be. */
export interface CuttingRelay {
  readonly port: number;
  /** For connections to come, in their order; the last holds for all others. */
  cutAfterBytes: (number | null)[];
  /** The next command that it fits gets a NO that the server never said, once. */
  refuseCommand: RegExp | null;
  /** Bytes from the server so far. */
  readonly bytes: number;
  readonly connections: number;
  /** Whether the last command of a client was IDLE. */
  readonly isIdle: boolean;
  close(): void;
}

export async function startCuttingRelay(target: number, port = 0): Promise<CuttingRelay> {
  const sockets = new Set<Socket>();
  const state = {
    ...{ cutAfterBytes: [null] as (number | null)[], refuseCommand: null as RegExp | null },
    ...{ bytes: 0, connections: 0, isIdle: false },
  };
  const server: Server = createServer((client) => {
    const limit = state.cutAfterBytes[Math.min(state.connections, state.cutAfterBytes.length - 1)];
    state.connections++;
    const upstream = connect(target, "127.0.0.1");
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (data: Buffer) => {
      const text = data.toString("latin1");
      state.isIdle = /^\S+ IDLE\r\n/im.test(text);
      if (state.refuseCommand?.test(text) !== true) return void upstream.write(data);
      state.refuseCommand = null;
      client.write(`${text.split(" ")[0]} NO [INUSE] the folder is busy\r\n`);
    });
    upstream.on("data", (data: Buffer) => {
      passed += data.length;
      state.bytes += data.length;
      client.write(data);
      if (limit !== null && passed >= limit) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
}
