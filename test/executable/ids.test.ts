import { expect, test } from "bun:test";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { AS_TOKEN1, answerOf, contentOf } from "../support/answer-of.ts";
import { configWith, run, start } from "../support/program.ts";

const ROUTES = [
  { path: "/whoami", handler: "whoami" },
  { path: "/metrics", handler: "metrics" },
];
const as = (token: string) => ({ headers: { Authorization: `Token ${token}` } });

/** What a server shows of one token that it accepts and of one that it does not. */
async function shown() {
  const server = await start(configWith({ routes: ROUTES }));
  const whoami = async () => await answerOf(`${server.url}/whoami`, AS_TOKEN1);
  const before = await whoami();
  process.kill(server.pid, "SIGHUP");
  await server.wrote("Reloaded");
  const after = await whoami();
  await answerOf(`${server.url}/whoami`, as("guessed-wrong"));
  const metrics = await contentOf(`${server.url}/metrics`);
  const { out } = await server.stop();
  return {
    answers: [before.content, after.content],
    cache: before.headers["cache-control"],
    metrics,
    out,
    handle: String(/Token doesn't exist \(token ([0-9a-f]{8})\)/.exec(out)?.[1]),
  };
}

test("the ids of a process outlast a reload, and confirm no guessed token", async () => {
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

test("a name stands for its user in the log, the metrics and whoami, whatever the token, process or reload", async () => {
  const config = (token: unknown) =>
    configWith({ routes: ROUTES, allowed_tokens: ["token1", { token, name: "anna@example.com" }] });
  const server = await start(config("s3cret-one"));
  const whoami = async (token: string) => {
    const { status, content } = await answerOf(`${server.url}/whoami`, as(token));
    return `${content} ${status}`;
  };
  const answer = '{"user":"anna@example.com","status":"success"} 200';
  expect(await whoami("s3cret-one")).toBe(answer);
  expect(await whoami("token1")).toMatch(/^\{"user":"[0-9a-f-]{36}","status":"success"\} 200$/);

  writeFileSync(join(server.folder, "next"), "s3cret-two\n", { mode: 0o600 });
  writeFileSync(join(server.folder, "config.json"), JSON.stringify(config({ file: "next" })));
  process.kill(server.pid, "SIGHUP");
  await server.wrote("Reloaded, with 2 tokens");
  expect(await whoami("s3cret-two")).toBe(answer);
  expect(await whoami("s3cret-one")).toBe(`{"text":"Token doesn't exist","status":"error"} 403`);
  expect(await contentOf(`${server.url}/metrics`)).toContain('{user="anna@example.com"} 2\n');
  const checked = run(["check"], server.folder);
  expect(checked.code).toBe(0);
  expect(checked.out).toContain("server.http.allowed_tokens = a list of 2\n");
  const { out } = await server.stop();
  expect(out.match(/ GET \/whoami 200 \d+ us user anna@example\.com\n/g)).toHaveLength(2);
  expect(out + checked.out + checked.err).not.toContain("s3cret");
});
