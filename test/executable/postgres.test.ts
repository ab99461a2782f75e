import { expect, setDefaultTimeout, test } from "bun:test";
import type { PostgresUrl } from "../../src/stores/store-url.ts";
import type { StoredToken } from "../../src/tokens/stored-token.ts";
import type { TokenAdmin } from "../../src/tokens/token-admin.ts";
import { mintedHandle, mintToken } from "../../src/tokens/minted-token.ts";
import { administer } from "../support/created-admin.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { START_TIMEOUT } from "../support/postgres.ts";
import { configWith, folderWith, run, start, type Program } from "../support/program.ts";
import { storedToken } from "../support/stored-tokens.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(2 * START_TIMEOUT);

describePostgres("servers with a PostgreSQL store", (server) => {
  const serve = ({ url }: PostgresUrl) =>
    start(configWith({ token_store: url, allowed_tokens: undefined }, { refusals_per_second: 1 }));
  const insert = (admin: TokenAdmin, token: StoredToken) =>
    admin.transaction((writes) => writes.insert(token));
  const revoke = (admin: TokenAdmin, { handle }: StoredToken) =>
    admin.transaction((writes) => writes.update(handle, { revoked: Date.now() }));

  test("know a new token at once and refuse a revoked one within a second, 100 times in a row", async () => {
    const url = await server().database();
    await administer(url, async (admin) => {
      const programs = [await serve(url), await serve(url)];
      const [created, revoked]: [number[], number[]] = [[], []];
      for (let round = 0; round < 100; round += 1) {
        const { token, stored } = minted();
        await insert(admin, stored);
        created.push(await timeUntil(programs, token, 200));
        await revoke(admin, stored);
        revoked.push(await timeUntil(programs, token, 403));
      }
      console.log(`worst: created ${worst(created)} ms, revoked ${worst(revoked)} ms`);
      // Announced, and not only found by asking twice a second.
      expect(median(created)).toBeLessThan(100);
      expect(worst(created)).toBeLessThan(1_000);
      expect(worst(revoked)).toBeLessThan(1_000);
      await Promise.all(programs.map((program) => program.stop()));
    });
  });

  test("let no unknown token in and refuse no known one while PostgreSQL is killed, frozen and started again", async () => {
    const url = await server().database();
    const known = minted();
    await administer(url, (admin) => insert(admin, known.stored));
    const program = await serve(url);
    const load = [
      ...Array.from({ length: 4 }, () => asking(program, () => known.token)),
      ...Array.from({ length: 2 }, () => asking(program, () => minted().token)),
    ];
    const answers = (token: string, status: number) => timeUntil([program], token, status);
    const unknown = minted().token;
    const outages = [
      { end: () => server().start(), begin: () => server().kill() },
      { end: () => server().thaw(), begin: () => server().freeze() },
      { end: () => server().start(), begin: () => server().kill() },
    ];
    for (const { begin, end } of outages) {
      const victim = minted();
      await administer(url, (admin) => insert(admin, victim.stored));
      await answers(victim.token, 200);
      await begin();
      expect(await answers(unknown, 503)).toBeLessThan(2_000);
      expect(await statusOf(program, victim.token)).toBe(200);
      await end();
      const returned = performance.now();
      await administer(url, (admin) => revoke(admin, victim.stored));
      await answers(victim.token, 403);
      console.log(`revoked ${Math.round(performance.now() - returned)} ms after the return`);
      expect(performance.now() - returned).toBeLessThan(1_000);
      await answers(unknown, 403);
    }

    const statuses = await Promise.all(load.map((each) => each.end()));
    expect(statuses.slice(0, 4).map((each) => [...each])).toEqual(Array(4).fill([200]));
    for (const each of statuses.slice(4)) expect([...each].toSorted()).toEqual([403, 503]);
    const { code, out, err } = await program.stop();
    // Bun would report there that it listens again.
    expect([code, err]).toEqual([0, ""]);
    expect(out).not.toContain("a-secret-password");
  });

  test("take the changes of the commands, which report a database that is down", async () => {
    const url = await server().database();
    const config = { server: { http: { token_store: url.url } } };
    const folder = folderWith({ "config.json": config });
    const token = (...args: string[]) => run(["token", ...args], folder);
    expect(token("list")).toMatchObject({ code: 0 });
    const program = await serve(url);
    const created = token("create", "--user", "anna").out.trim();
    expect(await timeUntil([program], created, 200)).toBeLessThan(1_000);
    const handle = mintedHandle(created) ?? "";
    expect(token("list").out).toContain(handle);
    expect(token("revoke", handle, "--yes")).toMatchObject({ code: 0 });
    expect(await timeUntil([program], created, 403)).toBeLessThan(1_000);
    await server().kill();
    const failed = token("create", "--user", "anna");
    expect(failed).toMatchObject({ code: 1, out: "" });
    expect(failed.err).toContain(
      `${url.shown}: can't be reached; check that PostgreSQL is running there, and the URL`,
    );
    await server().start();
    await program.stop();
  });

  test("start while PostgreSQL is down, with the tokens of config.json alone", async () => {
    const url = await server().database();
    const { token, stored } = minted();
    await administer(url, (admin) => insert(admin, stored));
    await server().kill();
    const program = await start(configWith({ token_store: url.url }));
    const asked = ["token1", token, "token3"];
    const statuses = () => Promise.all(asked.map((each) => statusOf(program, each)));
    expect(await statuses()).toEqual([200, 503, 503]);
    await server().start();
    expect(await timeUntil([program], token, 200)).toBeLessThan(1_000);
    expect(await statuses()).toEqual([200, 200, 403]);
    const { code, out, err } = await program.stop();
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`${url.shown}: can't be reached`);
    expect(out).not.toContain("a-secret-password");
  });
});

function minted() {
  const token = mintToken();
  return { token, stored: storedToken(token, { handle: mintedHandle(token) ?? "" }) };
}

async function statusOf({ url }: Program, token: string): Promise<number> {
  const answer = await fetch(`${url}/ping`, { headers: { Authorization: `Token ${token}` } });
  await answer.arrayBuffer();
  return answer.status;
}

/** How long it takes, in milliseconds, until all servers answer with this status. */
async function timeUntil(programs: readonly Program[], token: string, status: number): Promise<number> {
  const began = performance.now();
  await Promise.all(
    programs.map((program) => until(async () => (await statusOf(program, token)) === status)),
  );
  return performance.now() - began;
}

/** Asks with tokens until it is ended, and returns which statuses there were. */
function asking(program: Program, next: () => string) {
  const statuses = new Set<number>();
  let isOver = false;
  const all = (async () => {
    while (!isOver) statuses.add(await statusOf(program, next()));
  })();
  return {
    async end() {
      isOver = true;
      await all;
      return statuses;
    },
  };
}

function worst(times: readonly number[]): number {
  return Math.round(Math.max(...times));
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
