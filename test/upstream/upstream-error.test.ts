import { expect, test } from "bun:test";
import { UPSTREAM_CAUSES } from "../../src/http/upstream-facts.ts";
import { upstreamCause, UpstreamError } from "../../src/upstream/upstream-error.ts";

const coded = (code: unknown) => Object.assign(new Error("the cause"), { code });

test.each([
  ["ECONNREFUSED", "refused"],
  ["ENOENT", "refused"],
  ["EACCES", "refused"],
  ["EINVAL", "refused"],
  ["ENOTFOUND", "unresolved"],
  ["EAI_AGAIN", "unresolved"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["EADDRNOTAVAIL", "unavailable"],
  ["EMFILE", "unavailable"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
  ["CERT_HAS_EXPIRED", "tls"],
  ["EPROTO", "tls"],
  ["InvalidContentLength", "invalid_answer"],
  ["Malformed_HTTP_Response", "invalid_answer"],
  ["UnrequestedUpgrade", "invalid_answer"],
  [20, "invalid_answer"],
] as const)("upstreamCause() of the code %s is %s", (code, cause) => {
  expect(upstreamCause(coded(code))).toBe(cause);
});

test("upstreamCause() of an UpstreamError is its reason, and of any other fault invalid_answer", () => {
  for (const cause of UPSTREAM_CAUSES) expect(upstreamCause(new UpstreamError(cause))).toBe(cause);
  for (const fault of [new Error("x"), undefined, null, "ECONNRESET", { code: "ECONNRESET" }])
    expect(upstreamCause(fault)).toBe("invalid_answer");
});
