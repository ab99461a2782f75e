import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from "node:fs";
import { lstatSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ListenError } from "../../src/listen/listen-error.ts";
import { startListener, type Listener } from "../../src/listen/listener.ts";
import { socketFile } from "../../src/listen/unix-socket.ts";
import { certified } from "../support/certificates.ts";
import { listenOn } from "../support/seed-config.ts";
import { SCRATCH } from "../support/tidy.ts";
import type { ListenOptions } from "../../src/listen/listen-options.ts";

let folder: string;
let path: string;
const started: { stop(deadline?: number): unknown }[] = [];
beforeEach(() => {
  mkdirSync(SCRATCH, { recursive: true });
  folder = mkdtempSync(join(SCRATCH, "u"));
  path = join(folder, "s");
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop(0);
});

async function listenAt(given: Partial<ListenOptions> = {}, text = "ours", grace = 20): Promise<Listener> {
  const options = listenOn({ setting: "server.admin", unix: { path, mode: 0o660 }, ...given });
  const listener = await startListener(
    options,
    (_request, _connection, leave) => new Response(text, leave ? { headers: { Connection: "close" } } : {}),
    () => {},
    grace,
  );
  started.push(listener);
  return listener;
}

function foreign(): Bun.Server<undefined> {
  const server = Bun.serve({ unix: path, fetch: () => new Response("foreign") });
  started.push({ stop: () => server.stop(true) });
  return server;
}

/** What a program leaves that ended without a chance to remove it. */
async function leaveStale(): Promise<void> {
  const server = Bun.serve({ unix: join(folder, "first"), fetch: () => new Response() });
  linkSync(join(folder, "first"), path);
  await server.stop(true);
}

const ask = async (init: BunFetchRequestInit = {}, scheme = "http") =>
  await (await fetch(`${scheme}://localhost/`, { unix: path, keepalive: false, ...init })).text();
const fault = async (given: Partial<ListenOptions> = {}) => {
  const [failed] = await Promise.allSettled([listenAt(given)]);
  if (failed.status === "fulfilled") return "";
  expect(failed.reason).toBeInstanceOf(ListenError);
  return (failed.reason as Error).message;
};

describe("startListener() at a Unix socket", () => {
  test("serves, says so in its url, and leaves nothing when it stops", async () => {
    const listener = await listenAt();
    expect(listener.url).toBe(`unix:${path}`);
    expect(await ask()).toBe("ours");
    expect(readdirSync(folder)).toEqual(["s"]);
    await listener.stop(1000);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("gives the file the mode that is asked for, whatever the umask", async () => {
    const before = process.umask(0o027);
    await listenAt({ unix: { path, mode: 0o666 } });
    expect(process.umask(before)).toBe(0o027);
    expect(statSync(path).mode & 0o7777).toBe(0o666);
  });

  test("takes over what a program left behind that is gone", async () => {
    await leaveStale();
    expect(lstatSync(path).isSocket()).toBe(true);
    await listenAt();
    expect(await ask()).toBe("ours");
  });

  test("takes over for one alone of many that start at once", async () => {
    for (let round = 0; round < 20; round += 1) {
      await leaveStale();
      const starts = await Promise.allSettled(Array.from({ length: 6 }, async () => await listenAt()));
      const [one, ...more] = starts.filter(({ status }) => status === "fulfilled");
      expect([round, more]).toEqual([round, []]);
      expect(one).toBeDefined();
      expect(await ask()).toBe("ours");
      for (const start of starts) {
        if (start.status === "rejected") expect(start.reason).toBeInstanceOf(ListenError);
      }
      for (const listener of started.splice(0)) await listener.stop(0);
      rmSync(path, { force: true });
    }
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("takes nothing from a program that answers", async () => {
    foreign();
    expect(await fault()).toBe(
      `c:1:3: server.admin.unix ${path} is taken by another program; stop it or set another path`,
    );
    expect(await ask()).toBe("foreign");
  });

  const things: [string, () => void][] = [
    ["a file", () => writeFileSync(path, "content")],
    ["a folder", () => mkdirSync(path)],
    ["a symlink to nothing", () => symlinkSync(join(folder, "nothing"), path)],
    ["a symlink to a socket", () => (foreign(), renameSync(path, `${path}2`), symlinkSync(`${path}2`, path))],
  ];
  test.each(things)("never removes %s", async (_, make) => {
    make();
    const before = lstatSync(path);
    expect(await fault()).toBe(
      `c:1:3: server.admin.unix ${path} exists and is not a socket; move it away or set another path`,
    );
    expect(lstatSync(path)).toEqual(before);
  });

  test("accepts a path of 107 bytes and refuses a longer one", async () => {
    path = `${folder}/`.padEnd(107, "s");
    await listenAt();
    expect(await ask()).toBe("ours");
    path = `${folder}/`.padEnd(108, "s");
    expect(await fault()).toBe(
      `c:1:3: server.admin.unix ${path} is longer than 107 bytes, the maximum for a Unix socket; set a shorter path`,
    );
  });

  test("says where the folder is missing", async () => {
    path = join(folder, "none", "s");
    expect(await fault()).toBe(
      `c:1:3: server.admin.unix ${path} can't be created: its folder doesn't exist; create it or set another path`,
    );
    writeFileSync(join(folder, "none"), "");
    expect(await fault()).toContain(`${path} can't be created: its folder doesn't exist`);
  });

  test("leaves the socket of another program alone that has taken its place", async () => {
    const listener = await listenAt();
    rmSync(path);
    foreign();
    await listener.stop(1000);
    expect(await ask()).toBe("foreign");
  });

  test("stops where its file is gone already", async () => {
    const listener = await listenAt();
    rmSync(folder, { recursive: true });
    expect(await listener.stop(1000)).toBe(0);
    mkdirSync(folder);
  });

  test("can't be renewed without TLS", async () => {
    const listener = await listenAt();
    const text = "server.admin.tls can't be added while the server runs; restart to apply it";
    const renewed = listener.renew({ ...certified("one"), clientCa: null });
    await expect(renewed).rejects.toThrow(new ListenError(text));
    expect(await ask()).toBe("ours");
  });

  test("renews TLS without losing a request", async () => {
    const [one, two] = [certified("one"), certified("two")];
    const listener = await listenAt({ tls: { ...one, clientCa: null } });
    const tls = { ca: [one.cert, two.cert] };
    let renewed = false;
    const asking = Array.from({ length: 4 }, async (_, number) => {
      for (let after = 0; after < 3; after += Number(renewed)) {
        expect(await ask({ tls, keepalive: number > 1, method: "POST" }, "https")).toBe("ours");
      }
    });
    for (const { cert, key } of [two, one, two]) await listener.renew({ cert, key, clientCa: null });
    renewed = true;
    await Promise.all(asking);
    expect(await ask({ tls: { ca: two.cert } }, "https")).toBe("ours");
    await expect(ask({ tls: { ca: one.cert } }, "https")).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(["s"]);
    await listener.stop(1000);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is not renewed where another program has taken its place", async () => {
    const one = certified("one");
    const listener = await listenAt({ tls: { ...one, clientCa: null } });
    rmSync(path);
    foreign();
    await expect(listener.renew({ ...one, clientCa: null })).rejects.toThrow("is taken by another program");
    expect(await ask()).toBe("foreign");
    expect(readdirSync(folder)).toEqual(["s"]);
  });
});

describe("socketFile()", () => {
  test("lets nobody connect before the mode is right", async () => {
    const unix = { path, mode: 0o600 };
    const file = await socketFile(listenOn({ unix }), unix);
    const server = file.place((hidden) => {
      const made = Bun.serve({ unix: hidden, fetch: () => new Response() });
      expect(statSync(hidden).mode & 0o777).toBe(0o600);
      expect(existsSync(path)).toBe(false);
      return made;
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    file.remove();
    await server.stop(true);
  });

  test("takes nothing from a program that came in the meantime", async () => {
    const unix = { path, mode: 0o600 };
    const file = await socketFile(listenOn({ unix }), unix);
    foreign();
    expect(() => file.place((at) => Bun.serve({ unix: at, fetch: () => new Response() }))).toThrow(
      "is taken by another program",
    );
    file.remove();
    expect(await ask()).toBe("foreign");
    expect(readdirSync(folder)).toEqual(["s"]);
  });
});
