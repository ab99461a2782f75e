import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { tryConnection } from "../../src/upstream/try-connection.ts";
import { urlOf } from "../support/carrying.ts";
import { NO_NAME } from "../support/no-name.ts";
import { certified } from "../support/certificates.ts";
import { deafPort, refusingPort } from "../support/taken-ports.ts";
import { folderWith } from "../support/program.ts";
import { rawUpstream } from "../support/raw-upstream.ts";
import { shared } from "../support/shared.ts";

const refusing = shared(refusingPort());
const descriptors = () => readdirSync("/proc/self/fd").length;

test.each([
  ["a port", {}],
  ["a Unix socket", { unix: true }],
])("tryConnection() connects to %s, and closes the connection", async (_, options) => {
  const upstream = rawUpstream(options);
  expect(await tryConnection(urlOf(upstream.url), 3000)).toBe("accepted");
  const connection = await upstream.connected(1);
  // With RST some servers would log an error.
  expect(await connection.closed).toBe("ended");
  expect(connection.received).toBe("");
  upstream.stop();
});

test("tryConnection() completes a TLS handshake, with any certificate", async () => {
  const { cert, key } = certified("localhost");
  const upstream = rawUpstream({ tls: { cert, key } });
  expect(await tryConnection(urlOf(upstream.url), 3000)).toBe("accepted");
  upstream.stop();
});

test.each([
  ["nothing listens", () => `http://127.0.0.1:${refusing.port}`],
  ["there is no Unix socket", () => `unix:${join(folderWith({}), "none.sock")}`],
  ["the path of a Unix socket is too long", () => `unix:/${"x".repeat(200)}`],
  ["the name has no address", () => `http://${NO_NAME}`],
])("tryConnection() is refused where %s", async (_, url) => {
  expect(await tryConnection(urlOf(url()), 3000)).toBe("refused");
});

test("tryConnection() is refused if Bun throws synchronously", async () => {
  expect(await tryConnection({ ...urlOf("http://127.0.0.1:1"), port: 70_000 }, 3000)).toBe("refused");
});

test("tryConnection() is refused if the upstream closes during the TLS handshake", async () => {
  const closing = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: (socket) => void socket.end(), data() {} },
  });
  expect(await tryConnection(urlOf(`https://127.0.0.1:${closing.port}`), 3000)).toBe("refused");
  closing.stop(true);
});

test("tryConnection() is silent if a connection, or its TLS handshake, does not complete in time", async () => {
  const deaf = await deafPort();
  const before = descriptors();
  expect(await tryConnection(urlOf(`http://127.0.0.1:${deaf.port}`), 50)).toBe("silent");
  // The system would go on for two minutes.
  expect(descriptors()).toBeLessThanOrEqual(before);
  deaf.stop();
  const upstream = rawUpstream();
  expect(await tryConnection(urlOf(`https://127.0.0.1:${upstream.port}`), 50)).toBe("silent");
  await (
    await upstream.connected(1)
  ).closed;
  upstream.stop();
});
