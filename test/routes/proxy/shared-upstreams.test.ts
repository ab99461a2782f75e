import { expect, test } from "bun:test";
import { sharedUpstreams } from "../../../src/routes/proxy/shared-upstreams.ts";

test("sharedUpstreams() lets as many requests be at upstreams as a config says, over all configs", () => {
  const upstreamsOf = sharedUpstreams();
  const before = upstreamsOf(2);
  const after = upstreamsOf(3);
  expect([before.limit.enter(true), before.limit.enter(true), before.limit.enter(true)]).toEqual([
    true,
    true,
    false,
  ]);
  // Those that the previous config let in still count.
  expect([after.limit.enter(true), after.limit.enter(true)]).toEqual([true, false]);
  before.limit.leave();
  expect([before.limit.enter(true), after.limit.enter(true), after.limit.enter(true)]).toEqual([
    false,
    true,
    false,
  ]);
  expect(before.burstLimit).toBe(after.burstLimit);
});

test("sharedUpstreams() of two servers have nothing in common", () => {
  const [one, other] = [sharedUpstreams()(1), sharedUpstreams()(1)];
  expect([one.limit.enter(true), other.limit.enter(true), one.limit.enter(true)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(one.burstLimit).not.toBe(other.burstLimit);
});

test("sharedUpstreams() leaves users a quarter that requests without one can't take", () => {
  const { limit } = sharedUpstreams()(8);
  const without = Array.from({ length: 7 }, () => limit.enter(false));
  expect(without).toEqual([true, true, true, true, true, true, false]);
  expect([limit.enter(true), limit.enter(false), limit.enter(true), limit.enter(true)]).toEqual([
    ...[true, false, true],
    false,
  ]);
  expect(sharedUpstreams()(1).limit.enter(false)).toBeTrue();
});
