import { RFC_TOKEN } from "../../http/grammar.ts";
import { refusal, type Refusal } from "../../http/refusal.ts";

/**
 * Whether a request asks for a WebSocket (RFC 6455 4.1). Any other Upgrade, such as the h2c that `curl --http2` sends,
 * and one that Connection doesn't name, must be ignored (RFC 9110 7.8).
 */
export function isHandshake({ method, headers }: Request): boolean {
  const upgrade = headers.get("upgrade");
  return (
    upgrade !== null &&
    method === "GET" &&
    WEBSOCKET.test(upgrade) &&
    UPGRADE.test(headers.get("connection") ?? "")
  );
}

/**
 * Returns the subprotocols that a handshake offers, in the client's order of preference, or refuses it. Bun 1.4.5 checks
 * the key and the version only when it upgrades, which is after the upstream has answered.
 */
export function offeredProtocols({ headers }: Request): readonly string[] | Refusal {
  if (headers.get("sec-websocket-version") !== "13") return VERSION_UNKNOWN;
  if (!KEY.test(headers.get("sec-websocket-key") ?? "")) return KEY_INVALID;
  const offered = headers.get("sec-websocket-protocol");
  if (offered === null) return [];
  const protocols = offered.split(",").map((name) => name.trim());
  const isValid =
    protocols.every((name) => RFC_TOKEN.test(name)) && new Set(protocols).size === protocols.length;
  return isValid ? protocols : PROTOCOLS_INVALID;
}

const WEBSOCKET = /(?:^|,)[ \t]*websocket[ \t]*(?:,|$)/i;
const UPGRADE = /(?:^|,)[ \t]*upgrade[ \t]*(?:,|$)/i;
/** Sixteen bytes in base64. */
const KEY = /^[\w+/]{22}==$/;

const KEY_INVALID = refusal("request_invalid", "Invalid Sec-WebSocket-Key header");
const PROTOCOLS_INVALID = refusal("request_invalid", "Invalid Sec-WebSocket-Protocol header");
const VERSION_UNKNOWN = refusal("websocket_version_unknown", "Sec-WebSocket-Version must be 13", {
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
});
