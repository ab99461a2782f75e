import { describe, expect, test } from "bun:test";
import { hostGuard, type HostGuardOptions } from "../../src/guards/host-guard.ts";
import { Refusal } from "../../src/http/refusal.ts";
import { contextOf } from "../support/exchange.ts";
import { refused, whole } from "../support/send.ts";

/** What a guard with these options answers to each of these Host headers, one after the other. */
async function answers(options: HostGuardOptions, hosts: readonly (string | null)[]): Promise<unknown[]> {
  const guard = hostGuard(options);
  const context = contextOf("/x");
  const passed = new Response();
  return await Promise.all(
    hosts.map(async (host) => {
      const request = new Request("http://localhost/x", host === null ? {} : { headers: { Host: host } });
      const answer = await guard(request, context, () => passed);
      return answer instanceof Refusal ? [answer.code, await whole(answer.toResponse())] : answer === passed;
    }),
  );
}

const CLOSED = { connection: "close" };
const INVALID = ["request_invalid", refused(400, "Invalid host header", CLOSED)];
const UNKNOWN = ["host_unknown", refused(421, "Unknown host", CLOSED)];

describe("hostGuard()", () => {
  test("lets any valid host through where no names are given, and none at all", async () => {
    const hosts = ["gate.example", "127.0.0.1:8000", "[::1]", null, ""];
    expect(await answers({ names: null }, hosts)).toEqual([true, true, true, true, true]);
  });

  test("refuses an invalid host, whatever came before and after", async () => {
    const hosts = ["a", "a b", "a b", "a", "a, a", null, "a:99999"];
    expect(await answers({ names: null }, hosts)).toEqual([
      ...[true, INVALID, INVALID, true],
      ...[INVALID, true, INVALID],
    ]);
  });

  test("refuses a name that is not among those given, with 421 (RFC 9110 15.5.20)", async () => {
    const hosts = [
      "Gate.Internal:8001",
      "localhost:1",
      "127.0.0.1",
      "[::1]:8001",
      null,
      "evil.example",
      "127.1",
    ];
    expect(await answers({ names: ["gate.internal"] }, hosts)).toEqual([
      ...[true, true, true, true, true],
      ...[UNKNOWN, UNKNOWN],
    ]);
    expect(await answers({ names: [] }, ["gate.internal", "a b"])).toEqual([UNKNOWN, INVALID]);
  });
});
