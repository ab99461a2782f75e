import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { socketRefusal } from "../../../src/routes/proxy/socket-refusal.ts";

/** An answer of an upstream with this content so far. */
function answerOf(statusCode: number, content: Uint8Array | string) {
  const stream = new PassThrough();
  stream.write(content);
  const response = Object.assign(stream, { statusCode, rawHeaders: ["X-Reason", "full"] });
  return response as unknown as IncomingMessage & PassThrough;
}

test("socketRefusal() passes on the status, headers and content", async () => {
  const answer = answerOf(418, "no");
  answer.end();
  const response = await socketRefusal(answer);
  expect([response?.status, response?.headers.get("x-reason"), await response?.text()]).toEqual([
    418,
    "full",
    "no",
  ]);
});

test("socketRefusal() passes on what has arrived in time", async () => {
  const response = await socketRefusal(answerOf(503, "some"), 1);
  expect([response?.status, await response?.text()]).toEqual([503, "some"]);
});

test("socketRefusal() cuts long content", async () => {
  const response = await socketRefusal(answerOf(503, new Uint8Array(LIMITS.socketRefusalSize + 1)));
  expect((await response?.bytes())?.length).toBe(LIMITS.socketRefusalSize);
});

test("socketRefusal() is null for a status that Bun can't send", async () => {
  const answer = answerOf(999, "no");
  answer.end();
  expect(await socketRefusal(answer)).toBeNull();
});
