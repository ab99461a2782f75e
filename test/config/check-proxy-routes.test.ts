import { expect, test } from "bun:test";
import { checkSettings } from "../../src/config/check-settings.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { parseJson } from "../../src/json/parse-json.ts";
import { endpoints } from "../../src/routes/endpoints.ts";
import { appRoutes, type RouteOptions } from "../../src/routes/route-kinds.ts";
import { textOf } from "../support/read-setting.ts";
import { servicesOf } from "../support/services.ts";

const UP = { proxy: "http://127.0.0.1:1" };

/** The problems of routes, each of which is sound; what has none can be used. */
function problems(routes: readonly object[]): string[] {
  const found: string[] = [];
  const json = parseJson(JSON.stringify({ server: { http: { allowed_tokens: ["token1"], routes } } }));
  const context = { report: () => expect.unreachable(), resolve: () => undefined };
  const sound = SETTINGS.read(json.value, [], context);
  if (!sound) throw new Error("nothing is sound");
  checkSettings(sound, { json, folder: "/" }, (problem) => found.push(textOf(problem)));
  const options = (sound.server?.http?.routes ?? []) as RouteOptions[];
  const serve = () => {
    const guarded = { open: () => HANDLER, closed: () => HANDLER, refused: () => HANDLER };
    return endpoints(appRoutes(options, servicesOf()), { paths: [], methods: [] }, guarded);
  };
  if (found.length === 0) expect(serve).not.toThrow();
  return found.map((text) => text.replace(/^server\.http\./, ""));
}
const HANDLER = () => new Response();

test("checkSettings() takes routes with one path whose hosts or methods differ", () => {
  expect(
    problems([
      { path: "/a", ...UP, host: "a.example" },
      { path: "/a", ...UP, host: ["b.example", "c.example"] },
      { path: "/a", ...UP },
      { path: "/b", ...UP, methods: ["GET"] },
      { path: "/b", ...UP, methods: ["HEAD", "POST"] },
      { path: "/b", ...UP },
      { path: "/c", ...UP, host: "a.example", methods: ["GET"] },
      { path: "/c", ...UP, host: "a.example", methods: ["PUT"] },
      { path: "/d@e", ...UP, methods: ["GET"] },
      { path: "/%64@e", ...UP, methods: ["PUT"] },
    ]),
  ).toEqual([]);
});

test("checkSettings() reports routes with one path whose hosts and methods meet", () => {
  const is = "is already the path of server.http.routes[0]; remove one of the two";
  const both = (one: object, other: object) =>
    problems([
      { path: "/a/*", ...UP, ...one },
      { path: "/a/*", ...UP, ...other },
    ]);
  expect(both({}, {})).toEqual([`routes[1].path ${is}`]);
  expect(both({ host: "a.example" }, { host: ["b.example", "A.Example"] })).toEqual([`routes[1].path ${is}`]);
  expect(both({ methods: ["GET", "PUT"] }, { methods: ["PUT"] })).toEqual([`routes[1].path ${is}`]);
  expect(both({ host: "a", methods: ["GET"] }, { host: "a", methods: ["GET"] })).toEqual([
    `routes[1].path ${is}`,
  ]);
});

test("checkSettings() reports two spellings of one path", () => {
  expect(
    problems([
      { path: "/a/*", handler: "ping" },
      { path: "/%61/*", handler: "ping" },
      { path: "/caf%c3%a9", ...UP },
      { path: "/c%61f%C3%A9", ...UP },
    ]),
  ).toEqual([
    "routes[1].path is another spelling of the path of server.http.routes[0]; remove one of the two",
    "routes[3].path is another spelling of the path of server.http.routes[2]; remove one of the two",
  ]);
});

test.each(["http://127.0.0.1:1", "unix:/run/app.sock"])("checkSettings() reports tls beside %s", (proxy) => {
  const text = "has no effect without an https: upstream; remove it, or use https: in proxy";
  expect(problems([{ path: "/a", proxy, tls: {} }])).toEqual([`routes[0].tls ${text}`]);
  expect(problems([{ path: "/a", proxy, tls: { insecure: true } }])).toEqual([`routes[0].tls ${text}`]);
  expect(problems([{ path: "/a", proxy: "https://127.0.0.1:1", tls: { insecure: true } }])).toEqual([]);
});
