import { describe, expect, test } from "bun:test";
import { AUTH, sharedGate } from "../support/gate.ts";
import { statusOf } from "../support/raw-message.ts";
import { sharedUpstream } from "../support/raw-upstream.ts";

// Without a valid Host, Bun 1.4.5 does not escape a target but decodes it as UTF-8. Written as Latin-1, it could contain a
// line break, and forge header lines.

const upstream = sharedUpstream();
const gate = sharedGate([{ path: "/*", proxy: upstream.url }]);

/** The bytes of a text in UTF-8, as one character each. */
const utf8 = (text: string) => Buffer.from(text).toString("latin1");
const FORGED = utf8("1\u560d\u560aX-Auth-User: root".replaceAll(" ", "\u0120"));

describe("a target without a Host", () => {
  test.each([
    ["in HTTP/1.0", "1.0", []],
    ["in HTTP/1.1, with an empty Host", "1.1", ["Host:"]],
  ])("%s reaches the upstream with visible ASCII only", async (_, version, lines) => {
    const asked = async (target: string) =>
      await gate.ask([`GET ${target} HTTP/${version}`, AUTH, ...lines, "", ""].join("\r\n"));
    for (const query of [FORGED, "\xe9", utf8("é"), utf8("a\u0120b")]) {
      const given = await asked(`/x?q=${query}`);
      expect([statusOf(given), upstream.requests.length]).toEqual([400, 0]);
    }
    expect(statusOf(await asked("/x?q=%C3%A9&r='"))).toBe(200);
    const { start, values } = upstream.requests[0]!;
    expect([start, values("x-auth-user"), values("host")]).toEqual([
      "GET /x?q=%C3%A9&r=' HTTP/1.1",
      ["anna"],
      [`127.0.0.1:${upstream.port}`],
    ]);
  });
});
