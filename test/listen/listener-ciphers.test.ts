import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:tls";
import { startListener, type Listener } from "../../src/listen/listener.ts";
import { certified, type Certified } from "../support/certificates.ts";
import { listenOn } from "../support/seed-config.ts";

const started: Listener[] = [];
afterEach(async () => {
  for (const listener of started.splice(0)) await listener.stop(0);
});

const material = ({ cert, key }: Certified) => ({ cert, key, clientCa: null });

async function listening(type: "rsa" | "ec"): Promise<Listener> {
  const tls = material(certified("one", { type }));
  const listener = await startListener(
    listenOn({ tls }),
    () => new Response("hello"),
    () => {},
    20,
  );
  started.push(listener);
  return listener;
}

/** The suite that a client gets which offers these and no newer version than TLS 1.2, or its error. */
async function offering(listener: Listener, ciphers: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const port = Number(new URL(listener.url).port);
  const options = { host: "127.0.0.1", port, rejectUnauthorized: false, maxVersion: "TLSv1.2" } as const;
  const socket = connect({ ...options, ciphers }, () => resolve(socket.getCipher().name));
  socket.on("error", (fault: NodeJS.ErrnoException) => resolve(String(fault.code)));
  socket.on("close", () => resolve("closed"));
  const result = await promise;
  socket.destroy();
  return result;
}

/** The server's alert handshake_failure, as it answers where no suite is shared. */
const REFUSED = "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE";

/** What BoringSSL, which Bun is built with, knows of TLS 1.2 with certificates of this type. */
const SUITES = {
  rsa: {
    taken: ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"],
    refused: [
      ...["AES128-SHA", "AES256-SHA", "AES128-GCM-SHA256", "AES256-GCM-SHA384"],
      ...["ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA"],
    ],
  },
  ec: {
    taken: [
      "ECDHE-ECDSA-AES128-GCM-SHA256",
      "ECDHE-ECDSA-AES256-GCM-SHA384",
      "ECDHE-ECDSA-CHACHA20-POLY1305",
    ],
    refused: ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA"],
  },
};

describe.each(["rsa", "ec"] as const)("TLS 1.2 with a certificate of type %s", (type) => {
  test.each(SUITES[type].taken)("takes %s", async (suite) => {
    expect(await offering(await listening(type), suite)).toBe(suite);
  });

  test.each(SUITES[type].refused)("refuses %s", async (suite) => {
    expect(await offering(await listening(type), suite)).toBe(REFUSED);
  });

  test("is the same once the certificate was renewed", async () => {
    const listener = await listening(type);
    await listener.renew(material(certified("two", { type })));
    for (const suite of SUITES[type].taken) expect(await offering(listener, suite)).toBe(suite);
    for (const suite of SUITES[type].refused) expect(await offering(listener, suite)).toBe(REFUSED);
  });
});

test("TLS 1.3 stays as it is", async () => {
  const { url } = await listening("rsa");
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const options = { host: "127.0.0.1", port: Number(new URL(url).port), rejectUnauthorized: false };
  const socket = connect(options, () => resolve([socket.getProtocol(), socket.getCipher().name]));
  socket.on("error", reject);
  expect(await promise).toEqual(["TLSv1.3", expect.stringMatching(/^TLS_AES_|^TLS_CHACHA20_/)]);
  socket.destroy();
});
