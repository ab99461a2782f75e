import { describe, expect, test } from "bun:test";
import { METRICS_TYPE } from "../../src/observations/metrics/metrics.ts";
import { appRoutes, type RouteOptions } from "../../src/routes/route-kinds.ts";
import { routeKind, routeOf, type OpenRoute, type Services } from "../../src/routes/route-kind.ts";
import { text } from "../../src/schema/scalars.ts";
import { optional } from "../../src/schema/schema.ts";
import { servicesOf } from "../support/services.ts";
import { testApp, TOKEN1, TOKEN1_ID, whole } from "../support/send.ts";

const JSON_TYPE = { "content-type": "application/json;charset=utf-8" };

async function asked(
  options: RouteOptions,
  path: string,
  state: ReturnType<Services["readiness"]> = "ready",
) {
  const app = testApp({
    routes: (around) => appRoutes([options], { ...around, readiness: () => state }),
  });
  const response = await whole(await app.send(path, { headers: TOKEN1 }));
  const ended = app.observations.findLast((one) => "exchange" in one);
  return { ...response, sent: ended && "exchange" in ended ? ended.exchange.sent : null };
}

describe("appRoutes()", () => {
  test("makes a ping wherever config.json wants one", async () => {
    const content = '{"text":"pong","status":"success"}';
    expect(await asked({ path: "/up/*", handler: "ping" }, "/up/now")).toEqual({
      status: 200,
      headers: JSON_TYPE,
      content,
      sent: content.length,
    });
  });

  const states: [ReturnType<Services["readiness"]>, number, string][] = [
    ["ready", 200, '{"text":"healthy","status":"success"}'],
    [
      "store_away",
      200,
      '{"text":"healthy, but the token store sqlite:tokens.db is away","status":"success"}',
    ],
    ["draining", 503, '{"text":"Draining","status":"error"}'],
    ["store_unavailable", 503, '{"text":"Token store unavailable","status":"error"}'],
  ];
  test.each(states)("makes a health that is %s", async (state, status, content) => {
    expect(await asked({ path: "/healthz", handler: "health" }, "/healthz", state)).toEqual({
      status,
      headers: JSON_TYPE,
      content,
      sent: content.length,
    });
  });

  test("makes a whoami that shows users who they are, and that no cache stores", async () => {
    const content = `{"user":"${TOKEN1_ID}","status":"success"}`;
    expect(await asked({ path: "/me", handler: "whoami" }, "/me")).toEqual({
      status: 200,
      headers: { ...JSON_TYPE, "cache-control": "no-store" },
      content,
      sent: content.length,
    });
  });

  test("makes a page of the metrics", async () => {
    expect(await asked({ path: "/metrics", handler: "metrics" }, "/metrics")).toEqual({
      status: 200,
      headers: { "content-type": METRICS_TYPE },
      content: "metrics\n",
      sent: 8,
    });
  });
});

describe("routeKind()", () => {
  const services = servicesOf();
  const greeting = routeKind({
    name: "greeting",
    methods: "any",
    needsUser: true,
    settings: { greeting: optional(text("a word", /^\w+$/), "hello", "The greeting.") },
    create:
      ({ path, greeting }) =>
      (_request, { user }) =>
        new Response(`${greeting} ${user.name} at ${path}`),
  });

  test("gives the handler its options and, where it needs one, the user", async () => {
    const app = testApp({ routes: () => [routeOf(greeting, { path: "/a/*", greeting: "hi" }, services)] });
    expect((await app.send("/a/b")).status).toBe(401);
    for (const method of ["GET", "DELETE"]) {
      const response = await app.send("/a/b", { method, headers: TOKEN1 });
      expect([response.status, await response.text()]).toEqual([200, `hi ${TOKEN1_ID} at /a/*`]);
    }
  });

  test("lets the compiler refuse a handler without the user it needs, and missing options", () => {
    const mistakes = () => {
      routeKind({
        ...greeting,
        needsUser: false,
        create: () => (_request, context) => {
          // @ts-expect-error above token auth there is no user
          return new Response(context.user.name);
        },
      });
      const handler = greeting.create({ path: "/", greeting: "hi" }, services);
      // @ts-expect-error the same
      const open: OpenRoute = { methods: "any", path: "/", handler };
      void open;
      // @ts-expect-error the setting is missing
      routeOf(greeting, { path: "/" }, services);
    };
    expect(mistakes).not.toThrow();
  });
});

test("an open folder opens no closed route within it", async () => {
  const app = testApp({
    exclusions: { paths: ["/open/*"], methods: [] },
    routes: (around) =>
      appRoutes(
        [
          { path: "/open/*", handler: "ping" },
          { path: "/open/closed/*", handler: "ping" },
          { path: "/open/me", handler: "whoami" },
        ],
        around,
      ),
  });
  const statuses = async (...paths: string[]) =>
    await Promise.all(paths.map(async (path) => (await app.send(path)).status));
  expect(await statuses("/open", "/open/", "/open/a", "/open/a/b")).toEqual([200, 200, 200, 200]);
  expect(await statuses("/open/closed", "/open/closed/a", "/open/%63losed/a", "/open/m%65", "/")).toEqual([
    401, 401, 401, 401, 401,
  ]);
  // Two ways of writing one path, the second of which would be taken for the open folder's.
  expect(await statuses("/open//me", "/open/x%2f../me", "/open/x;/../me", "/open/%5cme")).toEqual([
    400, 400, 401, 400,
  ]);
});
