import { expect, test } from "bun:test";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { answerOf } from "../support/answer-of.ts";
import { refused } from "../support/send.ts";
import { configWith, start } from "../support/program.ts";

const REFUSED = refused(403, "Token doesn't exist", { "content-length": "47" });

test("the executable refuses disabled, expired, early and distant tokens like unknown ones, and logs why", async () => {
  const [good, ...bad] = Array.from({ length: 5 }, mintToken);
  const rules = [
    { expires: "2020-01-01T00:00:00Z" },
    { not_before: "2999-01-01T00:00:00Z" },
    { disabled: true },
    { from: "192.0.2.0/24" },
  ];
  const allowed_tokens = [
    {
      ...{ token: good, user: "anna", name: "Anna's laptop", scopes: ["read"], from: ["127.0.0.0/8"] },
      ...{ not_before: "2020-01-01T00:00:00Z", expires: "2999-01-01T00:00:00Z", disabled: false },
    },
    ...bad.map((token, index) => ({ token, user: "anna", ...rules[index] })),
  ];
  const server = await start(configWith({ allowed_tokens }));
  const ask = (token = "") =>
    answerOf(`${server.url}/ping`, { headers: { Authorization: `Token ${token}` } });
  expect((await ask(good)).status).toBe(200);
  const damaged = `${good}0`;
  const answers = await Promise.all([...bad, mintToken(), damaged].map(ask));
  for (const answer of answers) expect(answer).toEqual(REFUSED);
  const { out, err } = await server.stop();
  expect(out).toContain("user anna\n");
  const handle = (index: number) => bad[index]?.slice(3, 11);
  expect(out).toContain(`Token doesn't exist (token ${handle(0)}, expired)\n`);
  expect(out).toContain(`Token doesn't exist (token ${handle(1)}, not valid yet)\n`);
  expect(out).toContain(`Token doesn't exist (token ${handle(2)}, disabled)\n`);
  expect(out).toContain(`Token doesn't exist (token ${handle(3)}, from another network)\n`);
  expect(out).toMatch(/\(token [0-9a-f]{8}\)\n/);
  expect(out).toMatch(/\(token [0-9a-f]{8}, damaged: its characters don't match its checksum\)\n/);
  for (const token of [good, ...bad]) expect(out + err).not.toContain(String(token).slice(12, 55));
});
