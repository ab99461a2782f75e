import { expect, test } from "bun:test";
import { sharedUpstreams } from "../../../src/routes/proxy/shared-upstreams.ts";

test("sharedUpstreams() lets as many requests be at upstreams as a config says, over all configs", () => {
  const upstreamsOf = sharedUpstreams();
  const before = upstreamsOf(2);
  const after = upstreamsOf(3);
  expect([before.limit.enter(), before.limit.enter(), before.limit.enter()]).toEqual([true, true, false]);
  // Those that the previous config let in still count.
  expect([after.limit.enter(), after.limit.enter()]).toEqual([true, false]);
  before.limit.leave();
  expect([before.limit.enter(), after.limit.enter(), after.limit.enter()]).toEqual([false, true, false]);
  expect(before.burstLimit).toBe(after.burstLimit);
});

test("sharedUpstreams() of two servers have nothing in common", () => {
  const [one, other] = [sharedUpstreams()(1), sharedUpstreams()(1)];
  expect([one.limit.enter(), other.limit.enter(), one.limit.enter()]).toEqual([true, true, false]);
  expect(one.burstLimit).not.toBe(other.burstLimit);
});
