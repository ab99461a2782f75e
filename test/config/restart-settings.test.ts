import { expect, test } from "bun:test";
import { restartSettings } from "../../src/config/restart-settings.ts";
import { listenOn } from "../support/seed-config.ts";

const listen = listenOn();
const admin = listenOn({ setting: "server.admin", port: 1 });
const PEM = { cert: "cert", key: "key", clientCa: null };

test("restartSettings() names nothing where nothing changed, and not a new certificate", () => {
  expect(restartSettings({ listen, admin }, { listen: { ...listen }, admin: { ...admin } })).toEqual([]);
  expect(restartSettings({ listen, admin: null }, { listen, admin: null })).toEqual([]);
  const [one, other] = [listenOn({ tls: PEM }), listenOn({ tls: { ...PEM, cert: "new" } })];
  expect(restartSettings({ listen: one, admin }, { listen: other, admin })).toEqual([]);
});

test("restartSettings() names every setting of where to listen that changed", () => {
  const next = listenOn({
    host: "::1",
    port: 2,
    unix: { path: "a", mode: 0o600 },
    reusePort: true,
    tls: PEM,
    http2: true,
  });
  expect(restartSettings({ listen, admin }, { listen: next, admin: { ...admin, port: 3 } })).toEqual([
    "server.http.host",
    "server.http.port",
    "server.http.unix",
    "server.http.reuse_port",
    "server.http.tls",
    "server.http.http2",
    "server.admin.port",
  ]);
  expect(restartSettings({ listen, admin }, { listen: next, admin: null }).at(-1)).toBe("server.admin");
  expect(restartSettings({ listen, admin: null }, { listen, admin })).toEqual(["server.admin"]);
  const [one, other] = [0o600, 0o660].map((mode) => listenOn({ unix: { path: "a", mode } }));
  expect(restartSettings({ listen: one!, admin }, { listen: other!, admin })).toEqual([
    "server.http.unix_mode",
  ]);
});
