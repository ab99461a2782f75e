import { expect, test } from "bun:test";
import { sharedUpstreams } from "../../../src/routes/proxy/shared-upstreams.ts";
import type { UpstreamOptions } from "../../../src/upstream/upstream.ts";
import { upstreamUrl, type UpstreamUrl } from "../../../src/upstream/upstream-url.ts";

test("sharedUpstreams() bounds the requests of all configs together", () => {
  const upstreamsOf = sharedUpstreams();
  const before = upstreamsOf(2).limit;
  const after = upstreamsOf(3).limit;
  expect([before.max, after.max]).toEqual([2, 3]);
  expect([before.enter(true), before.enter(true), before.enter(true)]).toEqual([true, true, false]);
  // Those that the previous config let in still count.
  expect([after.enter(true), after.enter(true)]).toEqual([true, false]);
  before.leave();
  expect([before.enter(true), after.enter(true), after.enter(true)]).toEqual([false, true, false]);
});

test("sharedUpstreams() of two servers share nothing", () => {
  const [one, other] = [sharedUpstreams()(1).limit, sharedUpstreams()(1).limit];
  expect([one.enter(true), other.enter(true), one.enter(true)]).toEqual([true, true, false]);
});

test("sharedUpstreams() reserves a quarter for requests with a user", () => {
  const { limit } = sharedUpstreams()(8);
  const without = Array.from({ length: 7 }, () => limit.enter(false));
  expect(without).toEqual([true, true, true, true, true, true, false]);
  expect([limit.enter(true), limit.enter(false), limit.enter(true), limit.enter(true)]).toEqual([
    ...[true, false, true],
    false,
  ]);
  expect(sharedUpstreams()(1).limit.enter(false)).toBeTrue();
});

test("sharedUpstreams() keeps the connections to an upstream whose options stay the same after a reload", () => {
  const options = (url: string, given: Partial<UpstreamOptions> = {}): UpstreamOptions => ({
    url: upstreamUrl(url) as UpstreamUrl,
    tls: { ca: null, insecure: false },
    connectTimeout: 5000,
    timeout: null,
    ...given,
  });
  const upstreamsOf = sharedUpstreams();
  const before = upstreamsOf(2);
  const one = before.to(options("http://one"));
  expect(before.to(options("http://one"))).toBe(one);
  const after = upstreamsOf(2);
  expect(after.to(options("http://one"))).toBe(one);
  for (const other of [
    options("http://two"),
    options("https://one"),
    options("http://one", { timeout: 1 }),
    options("http://one", { connectTimeout: 1 }),
    options("http://one", { tls: { ca: null, insecure: true } }),
  ])
    expect(after.to(other)).not.toBe(one);
  expect(upstreamsOf(3).to(options("http://one"))).not.toBe(one);
});
