import { expect, test } from "bun:test";
import { errorContents } from "../../src/http/error-content.ts";
import { faultResponse, refusal, type RefusalCode } from "../../src/http/refusal.ts";

test("errorContents() in the simple format is JSON in the shape of the seed's answers", async () => {
  const { simple } = errorContents('No "such" thing\n', 404, "route_unknown");
  expect(await simple.text()).toBe('{"text":"No \\"such\\" thing\\n","status":"error"}');
  expect(simple.type).toBe("application/json;charset=utf-8");
});

const errors: [RefusalCode, string, string][] = [
  ["credentials_missing", "invalid_request_error", "invalid_api_key"],
  ["header_malformed", "invalid_request_error", "invalid_api_key"],
  ["parameter_malformed", "invalid_request_error", "invalid_api_key"],
  ["scheme_unknown", "invalid_request_error", "invalid_api_key"],
  ["token_unknown", "invalid_request_error", "invalid_api_key"],
  ["route_unknown", "invalid_request_error", "unknown_url"],
  ["method_not_allowed", "invalid_request_error", "method_not_allowed"],
  ["content_too_large", "invalid_request_error", "content_too_large"],
  ["draining", "server_error", "draining"],
];
test.each(errors)("toResponse() in the openai format shows %s as %s, %s", async (code, type, shown) => {
  const no = refusal(code, "No", { "WWW-Authenticate": "Token" });
  const response = no.toResponse("openai");
  const content = `{"text":"No","status":"error","error":{"message":"No","type":"${type}","code":"${shown}"}}`;
  expect([response.status, await response.text()]).toEqual([no.status, content]);
  expect(Object.fromEntries(response.headers)).toEqual({
    "content-type": "application/json;charset=utf-8",
    "www-authenticate": "Token",
  });
  expect([no.size("openai"), no.size()]).toEqual([content.length, '{"text":"No","status":"error"}'.length]);
});

test("faultResponse() in the openai format is an error of the server without a code", async () => {
  const response = faultResponse("openai");
  expect([response.status, response.headers.get("connection"), await response.json()]).toEqual([
    500,
    "close",
    {
      text: "Internal server error",
      status: "error",
      error: { message: "Internal server error", type: "server_error", code: null },
    },
  ]);
});
