import { expect, test } from "bun:test";
import { openRoutes } from "../../src/guards/open-routes.ts";
import { contextOf } from "../support/exchange.ts";

test("openRoutes() serves its routes and hands on every other request", async () => {
  const guard = openRoutes([{ methods: ["GET"], path: "/open", handler: () => new Response("open") }]);
  const asked = async (method: string, path: string) =>
    await (
      (await guard?.(
        new Request(`http://localhost${path}`, { method }),
        contextOf(path, method),
        () => new Response("next"),
      )) as Response
    ).text();
  expect(await asked("GET", "/open")).toBe("open");
  expect(await asked("HEAD", "/open")).toBe("open");
  expect(await asked("POST", "/open")).toBe("next");
  expect(await asked("GET", "/open/")).toBe("next");
});

test("openRoutes() is no guard where nothing is open", () => {
  expect(openRoutes([])).toBeNull();
});
