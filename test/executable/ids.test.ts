import { expect, test } from "bun:test";
import { configWith, curl, start } from "./program.ts";

const ROUTES = [
  { path: "/whoami", handler: "whoami" },
  { path: "/metrics", handler: "metrics" },
];
const FRIEND = ["-H", "Authorization: Token token1"];
const STRANGER = ["-H", "Authorization: Token guessed-wrong"];

/** What a server shows of one token that it accepts and of one that it does not. */
async function shown() {
  const server = await start(configWith({ routes: ROUTES }));
  const whoami = async () => await curl("-i", ...FRIEND, `${server.url}/whoami`);
  const before = await whoami();
  process.kill(server.pid, "SIGHUP");
  await server.wrote("Reloaded");
  const after = await whoami();
  await curl(...STRANGER, `${server.url}/whoami`);
  const metrics = await curl(...FRIEND, `${server.url}/metrics`);
  const { out } = await server.stop();
  return {
    answers: [before, after].map((answer) => answer.split("\r\n\r\n")[1]),
    cache: /^cache-control: (.*)\r$/im.exec(before)?.[1],
    metrics,
    out,
    handle: String(/Token doesn't exist \(token ([0-9a-f]{8})\)/.exec(out)?.[1]),
  };
}

test("the ids of a process outlast a reload, and say nothing to whoever guesses a token", async () => {
  const [one, other] = [await shown(), await shown()];
  const id = String(/^\{"user":"([0-9a-f-]{36})","status":"success"\}$/.exec(String(one.answers[0]))?.[1]);
  expect(id).toHaveLength(36);
  expect(one.answers[1]).toBe(one.answers[0]);
  expect(one.cache).toBe("no-store");
  expect(one.out).toContain(`GET /whoami 200 `);
  expect(one.out).toContain(` user ${id}\n`);
  expect(one.metrics).toContain(`{user="${id}"} 2\n`);
  expect(one.handle).toHaveLength(8);

  // Another process shows other ids for the same tokens, and neither shows a part of a digest.
  expect(other.answers[0]).not.toBe(one.answers[0]);
  expect(other.handle).not.toBe(one.handle);
  for (const token of ["token1", "guessed-wrong"]) {
    const digest = new Bun.CryptoHasher("sha256").update(token).digest("hex");
    const all = JSON.stringify([one, other]);
    expect(all).not.toContain(digest.slice(0, 8));
    expect(all).not.toContain(token);
  }
});
