import { expect, test } from "bun:test";
import type { Config } from "../../src/config/config.ts";
import { restartSettings } from "../../src/config/restart-settings.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { configFile, withHttp } from "../support/config-file.ts";
import { listenOn } from "../support/seed-config.ts";

const listen = listenOn();
const admin = listenOn({ setting: "server.admin", port: 1 });
type Listeners = Pick<Config, "listen" | "admin">;
const restart = (now: Listeners, next: Listeners) =>
  restartSettings({ ...now, maxUpstreamRequests: 1 }, { ...next, maxUpstreamRequests: 2, routes: [] });
const PEM = { cert: "cert", key: "key", clientCa: null };

test("restartSettings() names nothing where nothing changed, and not a new certificate", () => {
  expect(restart({ listen, admin }, { listen: { ...listen }, admin: { ...admin } })).toEqual([]);
  expect(restart({ listen, admin: null }, { listen, admin: null })).toEqual([]);
  const [one, other] = [listenOn({ tls: PEM }), listenOn({ tls: { ...PEM, cert: "new" } })];
  expect(restart({ listen: one, admin }, { listen: other, admin })).toEqual([]);
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
  expect(restart({ listen, admin }, { listen: next, admin: { ...admin, port: 3 } })).toEqual([
    "server.http.host",
    "server.http.port",
    "server.http.unix",
    "server.http.reuse_port",
    "server.http.tls",
    "server.http.http2",
    "server.admin.port",
  ]);
  expect(restart({ listen, admin }, { listen: next, admin: null }).at(-1)).toBe("server.admin");
  expect(restart({ listen, admin: null }, { listen, admin })).toEqual(["server.admin"]);
  const [one, other] = [0o600, 0o660].map((mode) => listenOn({ unix: { path: "a", mode } }));
  expect(restart({ listen: one!, admin }, { listen: other!, admin })).toEqual(["server.http.unix_mode"]);
});

test("restartSettings() names the limit of requests to upstreams where they would be more, and there is one", () => {
  const named = (limit: number, max: number, routes: Config["routes"]) =>
    restartSettings(
      { listen, admin, maxUpstreamRequests: limit },
      { listen, admin, maxUpstreamRequests: max, routes },
    );
  const { file, write } = configFile();
  write(withHttp({ routes: [{ path: "/*", proxy: "http://127.0.0.1:9" }] }));
  const { routes } = loadConfig(file).config;
  expect(named(256, 257, routes)).toEqual(["server.http.max_upstream_requests"]);
  expect(named(256, 256, routes)).toEqual([]);
  expect(named(256, 257, [])).toEqual([]);
});
