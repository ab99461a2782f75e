import { describe, expect, test } from "bun:test";
import { answerHeaders } from "../../../src/routes/proxy/answer-headers.ts";

describe("answerHeaders()", () => {
  test("keeps every header that is end to end", () => {
    const kept: [string, string][] = [
      ["content-encoding", "gzip"],
      ["content-length", "3"],
      ["content-type", "text/plain"],
      ["date", "Sat, 28 Nov 2026 11:00:00 GMT"],
      ["etag", '"x"'],
      ["proxy-status", "up; received-status=200"],
      ["server", "up"],
      ["www-authenticate", "Basic, Bearer"],
      ["x_custom", "1"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ];
    expect(clientHeaders(kept)).toEqual(kept);
  });

  test.each([
    ...["connection", "keep-alive", "upgrade", "te", "trailer", "transfer-encoding", "alt-svc"],
    ...["proxy-connection", "proxy-authenticate", "proxy-authorization", "proxy-authentication-info"],
  ])("removes the hop-by-hop field %s", (name) => {
    expect(clientHeaders([[name, "x"], LAST])).toEqual([LAST]);
  });

  test("removes what Connection names, and no other", () => {
    const sent: [string, string][] = [
      ["connection", "close, X-Hop,no name,x-absent"],
      ["X-Hop", "1"],
      ["x-hop-2", "2"],
    ];
    expect(clientHeaders(sent)).toEqual([["x-hop-2", "2"]]);
  });

  test.each(["content-type", "content-length", "content-encoding", "set-cookie"])(
    "keeps %s though Connection names it",
    (name) =>
      expect(
        clientHeaders([
          ["connection", name],
          [name, "1"],
        ]),
      ).toEqual([[name, "1"]]),
  );
});

const LAST: [string, string] = ["x-last", "1"];

/** The headers of an answer once they are changed for the client. */
function clientHeaders(sent: [string, string][]): [string, string][] {
  const headers = new Headers(sent);
  answerHeaders(headers);
  return [...headers];
}
