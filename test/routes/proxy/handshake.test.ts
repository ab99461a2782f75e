import { describe, expect, test } from "bun:test";
import { Refusal } from "../../../src/http/refusal.ts";
import { isHandshake, offeredProtocols } from "../../../src/routes/proxy/handshake.ts";
import { KEY } from "../../support/raw-websocket.ts";

const UPGRADE = { Upgrade: "websocket", Connection: "Upgrade" };
const VALID = { ...UPGRADE, "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY };
const requestWith = (headers: Record<string, string>, method = "GET") =>
  new Request("http://a/", { method, headers });

describe("isHandshake()", () => {
  test.each([
    { headers: UPGRADE },
    { headers: { Upgrade: "WebSocket", Connection: "keep-alive, upgrade" } },
    { headers: { Upgrade: "h2c,websocket", Connection: "UPGRADE, HTTP2-Settings" } },
  ])("accepts %o", ({ headers }) => {
    expect(isHandshake(requestWith(headers))).toBe(true);
  });

  test.each([
    { headers: {}, method: "GET" },
    { headers: { ...UPGRADE, Upgrade: "h2c" }, method: "GET" },
    { headers: { ...UPGRADE, Upgrade: "websockets" }, method: "GET" },
    { headers: { ...UPGRADE, Upgrade: "x-websocket" }, method: "GET" },
    { headers: { Upgrade: "websocket" }, method: "GET" },
    { headers: { ...UPGRADE, Connection: "upgrades" }, method: "GET" },
    { headers: { Connection: "Upgrade" }, method: "GET" },
    { headers: UPGRADE, method: "POST" },
    { headers: UPGRADE, method: "HEAD" },
  ])("ignores %o", ({ headers, method }) => {
    expect(isHandshake(requestWith(headers, method))).toBe(false);
  });
});

describe("offeredProtocols()", () => {
  test.each([
    { offered: null, protocols: [] },
    { offered: "chat", protocols: ["chat"] },
    { offered: "v1.kernel , base64!#$%&'*+^_`|~-", protocols: ["v1.kernel", "base64!#$%&'*+^_`|~-"] },
  ])("returns the subprotocols $offered", ({ offered, protocols }) => {
    const headers = { ...VALID, ...(offered !== null && { "Sec-WebSocket-Protocol": offered }) };
    expect(offeredProtocols(requestWith(headers))).toEqual(protocols);
  });

  test.each(["", "a,", "a,,b", "a, a", "a b", "a/b", "(a)"])("refuses the subprotocols %p", (offered) => {
    const refused = offeredProtocols(requestWith({ ...VALID, "Sec-WebSocket-Protocol": offered })) as Refusal;
    expect(refused.status).toBe(400);
    expect(refused.code).toBe("request_invalid");
    expect(refused.text).toBe("Invalid Sec-WebSocket-Protocol header");
  });

  test.each([undefined, "", "8", "13, 8", "014"])("refuses version %p and names its own", (version) => {
    const { "Sec-WebSocket-Version": _, ...others } = VALID;
    const headers = { ...others, ...(version !== undefined && { "Sec-WebSocket-Version": version }) };
    const refused = offeredProtocols(requestWith(headers)) as Refusal;
    expect(refused.status).toBe(426);
    expect(refused.code).toBe("websocket_version_unknown");
    expect(refused.text).toBe("Sec-WebSocket-Version must be 13");
    expect(refused.headers).toEqual({ Upgrade: "websocket", "Sec-WebSocket-Version": "13" });
  });

  test.each([undefined, "", "short==", `${KEY}A`, KEY.replace("==", "AA")])("refuses key %p", (key) => {
    const { "Sec-WebSocket-Key": _, ...others } = VALID;
    const headers = { ...others, ...(key !== undefined && { "Sec-WebSocket-Key": key }) };
    const refused = offeredProtocols(requestWith(headers)) as Refusal;
    expect(refused.status).toBe(400);
    expect(refused.code).toBe("request_invalid");
    expect(refused.text).toBe("Invalid Sec-WebSocket-Key header");
    expect(refused.headers).toEqual({});
  });
});
