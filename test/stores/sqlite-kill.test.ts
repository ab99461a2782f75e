import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { sqliteStore } from "../../src/stores/sqlite-store.ts";
import { mintedHandle } from "../../src/tokens/minted-token.ts";
import { tokenIds } from "../../src/tokens/token-ids.ts";
import { fillIndex, tokenIndex } from "../../src/tokens/token-index.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { needing } from "../support/needing.ts";
import { noted } from "../support/program.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

const WRITER = join(import.meta.dir, "../support/token-writer.ts");
/** Writers at the same time, and how often each is killed. */
const WRITERS = 4;
const KILLS = 50;
/** Writes before a writer is killed: 25 of them on average, so that all together do 5,000. */
const MIN_WRITES = 10;
const MORE_WRITES = 31;

/** What the writers said that the store has. */
interface Said {
  readonly created: Set<string>;
  readonly revoked: Set<string>;
}

/** Runs a writer, kills it in the midst of its work, and notes what it has said until then. */
async function writeUntilKilled(path: string, said: Said): Promise<void> {
  const writer = Bun.spawn([process.execPath, WRITER, path], { stdout: "pipe", stderr: "inherit" });
  const note = noted(writer);
  const writes = MIN_WRITES + Math.floor(Math.random() * MORE_WRITES);
  let rest = "";
  let lines = 0;
  for await (const text of writer.stdout.pipeThrough(new TextDecoderStream())) {
    const whole = (rest + text).split("\n");
    rest = whole.pop() ?? "";
    for (const line of whole) {
      const [deed, token = ""] = line.split(" ");
      said[deed as keyof Said].add(token);
      lines += 1;
      // Within the time of a few writes, because a kill at the line itself would always come after a commit.
      if (lines === writes) setTimeout(() => writer.kill("SIGKILL"), Math.random() * 5);
    }
  }
  await writer.exited;
  rmSync(note);
  expect([writer.signalCode, rest]).toEqual(["SIGKILL", ""]);
}

test("a SQLite store keeps all that it has confirmed, however often a writer is killed", async () => {
  const url = sqliteFile();
  const said: Said = { created: new Set(), revoked: new Set() };
  const store = sqliteStore({ url, create: true, elapsed: () => performance.now() });
  const followed = tokenIndex(tokenIds());
  await fillIndex(followed, store);
  const lanes = Array.from({ length: WRITERS }, async () => {
    for (let kill = 0; kill < KILLS; kill += 1) await writeUntilKilled(url.path, said);
  });
  await Promise.all(lanes);
  const writes = WRITERS * KILLS * (MIN_WRITES + MORE_WRITES / 2);
  expect(said.created.size + said.revoked.size).toBeGreaterThan(0.9 * writes);

  store.refresh?.();
  await store.close();
  const database = new Database(url.path, { readwrite: true, create: false });
  expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  database.close();

  const read = tokenIndex(tokenIds());
  const again = sqliteStore({ url, create: false, elapsed: () => performance.now() });
  await fillIndex(read, again);
  await again.close();
  for (const index of [followed, read]) {
    const records = [...said.created].map((token) => index.find(digestToken(token)));
    expect(records.map((record) => record?.user.tokenId ?? null)).toEqual(
      [...said.created].map(mintedHandle),
    );
    const revoked = [...said.revoked].map((token) => index.find(digestToken(token))?.rules?.revoked);
    expect(revoked).toEqual(revoked.map(() => true));
  }
  // What a writer did and could not say is whole too: a token, its revocation and their events.
  const admin = await sqliteAdmin({ url, create: false });
  for (const { handle, revoked } of (await admin?.list()) ?? []) {
    const actions = (await admin?.events(handle))?.map(({ action }) => action);
    expect(actions).toEqual(revoked === null ? ["created"] : ["created", "revoked"]);
  }
  await admin?.close();

  const folder = dirname(url.path);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  expect(files.filter((content) => /ts_[0-9A-Za-z]{8}_/.test(content))).toEqual([]);
}, 300_000);

needing({ strace: Bun.which("strace") })(
  "sqliteAdmin() waits for the disk at each commit, sqliteStore() does not",
  async () => {
    const url = sqliteFile();
    const syncs = (program: string) => {
      const trace = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=fsync,fdatasync,sync_file_range",
        "-e",
        "signal=none",
      ];
      const { exitCode, stderr } = Bun.spawnSync([...trace, process.execPath, "-e", program]);
      expect(exitCode).toBe(0);
      return stderr.toString().match(/sync\(/g)?.length ?? 0;
    };
    const source = join(import.meta.dir, "../../src/stores");
    const support = join(import.meta.dir, "../support/stored-tokens.ts");
    const opened = `
    import { sqliteAdmin } from "${source}/sqlite-admin.ts";
    import { sqliteStore } from "${source}/sqlite-store.ts";
    import { storedToken } from "${support}";
    const url = ${JSON.stringify(url)};
    const admin = await sqliteAdmin({ url, create: true });
    const store = sqliteStore({ url, create: false, elapsed: () => performance.now() });
    [...await store.open()];
    const token = storedToken("token1");
    if (!(await admin.findDigest(token.digest))) await admin.transaction((writes) => writes.insert(token));`;
    const insert = (count: number) => `
    for (let at = 0; at < ${count}; at += 1) await admin.transaction((writes) => writes.insert(storedToken(crypto.randomUUID())));`;
    const use = (count: number) => `
    const start = Date.now();
    for (let at = 1; at <= ${count}; at += 1) await store.noteUses([{ ...token, time: start + at, address: null }]);`;
    const end = "\nprocess.exit(0);";
    syncs(opened + end);
    const base = syncs(opened + end);
    expect(syncs(opened + insert(40) + end) - base).toBeGreaterThanOrEqual(40);
    expect(syncs(opened + use(40) + end) - base).toBeLessThan(20);
  },
);
