import { expect, test } from "bun:test";
import { tokenState } from "../../src/tokens/token-state.ts";

const GOOD = { revoked: false, disabled: false, expires: null, notBefore: null };

test.each([
  [{}, "active"],
  [{ notBefore: 1000, expires: 1001 }, "active"],
  [{ notBefore: 1001 }, "not_yet"],
  [{ expires: 1000 }, "expired"],
  [{ expires: 1, notBefore: 1001 }, "expired"],
  [{ disabled: true, expires: 1 }, "disabled"],
  [{ revoked: true, disabled: true, expires: 1 }, "revoked"],
] as const)("tokenState() of a token with %j at 1000 is %p", (given, state) => {
  expect(tokenState({ ...GOOD, ...given }, () => 1000)).toBe(state);
});

test("tokenState() reads no clock for a token without times", () => {
  for (const given of [{}, { disabled: true, expires: 1 }, { revoked: true, expires: 1 }])
    tokenState({ ...GOOD, ...given }, () => expect.unreachable());
});
