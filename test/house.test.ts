import { describe, expect, test } from "bun:test";
import { basename, dirname, join, normalize } from "node:path";

/** Which room may import which. `type:` allows types only. What isn't written isn't allowed. */
const DOORS: Record<string, readonly string[]> = {
  http: [],
  tokens: [],
  text: ["limits"],
  json: ["limits", "text"],
  schema: ["limits", "text", "json"],
  observations: ["limits", "http"],
  // Other programs write to a store, so what it holds is checked as a config is: networks by http.
  stores: ["limits", "http", "tokens"],
  guards: ["limits", "http", "tokens"],
  upstream: ["limits", "http"],
  // A scope of a route is one of a token.
  routes: ["limits", "http", "tokens", "observations", "schema", "upstream", "type:guards"],
  answer: ["http", "observations"],
  app: ["http", "tokens", "guards", "routes", "answer"],
  listen: ["limits", "http", "type:observations"],
  // A setting is checked by what uses it: a host by http, a token by tokens, a URL of one by stores.
  config: [
    ...["limits", "text", "json", "schema", "http", "tokens", "observations", "routes"],
    ...["stores", "type:guards", "type:listen"],
  ],
  server: [
    ...["limits", "http", "tokens", "stores", "routes", "observations", "app", "answer", "listen"],
    ...["config", "schema", "package"],
  ],
  // A URL or a network in an argument is read as the one in a setting is. The token commands write to a store themselves.
  commands: [
    ...["limits", "text", "http", "tokens", "stores", "upstream", "routes", "config", "listen", "server"],
    "package",
  ],
  main: ["commands"],
  limits: [],
};

const ROOT = join(import.meta.dir, "..");
const room = (file: string) =>
  file.startsWith("src/") ? (file.split("/")[1] ?? "").replace(/\.ts$/, "") : basename(file, ".json");

const files = [...new Bun.Glob("src/**/*.ts").scanSync(ROOT)]
  .map((name) => name.replaceAll("\\", "/"))
  .toSorted();
const sources = await Promise.all(
  files.map(async (file) => ({ file, source: await Bun.file(join(ROOT, file)).text() })),
);

function imports(file: string, source: string) {
  return [...source.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^"';]*?\s+from\s+)?"([^"]+)"/gm)].map(
    ([whole, type, from = ""]) => {
      const names =
        /\{([^}]*)\}/
          .exec(whole)?.[1]
          ?.split(",")
          .filter((name) => name.trim() !== "") ?? [];
      const onlyTypes =
        Boolean(type) || (names.length > 0 && names.every((name) => name.trim().startsWith("type ")));
      return { from, onlyTypes, to: from.startsWith(".") ? normalize(join(dirname(file), from)) : from };
    },
  );
}

describe("the house", () => {
  test("has files to judge", () => {
    expect(files).toContain("src/app.ts");
    expect(files.length).toBeGreaterThan(30);
  });

  test.each(sources)("$file imports through its doors only", ({ file, source }) => {
    const here = room(file);
    const doors = DOORS[here];
    expect(doors, `the room ${here} has no doors`).toBeDefined();
    const through = imports(file, source)
      .filter(({ from, to }) => from.startsWith(".") && room(to) !== here)
      .filter(
        ({ to, onlyTypes }) =>
          !doors?.includes(room(to)) && !(onlyTypes && doors?.includes(`type:${room(to)}`)),
      )
      .map(({ from }) => from);
    expect(through).toEqual([]);
  });

  test("has only the four files at the top that the reader needs first", () => {
    const top = files.filter((file) => file.split("/").length === 2);
    expect(top).toEqual(["src/answer.ts", "src/app.ts", "src/limits.ts", "src/main.ts"]);
  });

  test.each(sources)("$file imports no package", ({ file, source }) => {
    const packages = imports(file, source)
      .map(({ from }) => from)
      // "ws" is a part of Bun, as "node:" and "bun:" are.
      .filter((from) => !/^(?:\.|node:|bun:|ws$)/.test(from));
    expect(packages).toEqual([]);
  });

  test.each(sources)("$file is about one thing", ({ file, source }) => {
    expect(source.split("\n").length).toBeLessThanOrEqual(251);
    expect(source).not.toMatch(/^export default/m);
    expect(basename(file)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/);
    expect(basename(file)).not.toMatch(/^(index|utils?|helpers?|common|misc)\.ts$/);
  });

  test.each(sources)("$file keeps no state of its own", ({ source }) => {
    expect(source).not.toMatch(/^(export )?(let|var) /m);
  });

  test.each(sources)("$file says what its factories and interfaces promise", ({ source }) => {
    const silent = [...source.matchAll(/^(.*)\n(export (?:async )?(?:function|class|interface) \w+)/gm)]
      .filter(([, before]) => !before?.trimEnd().endsWith("*/"))
      .map(([, , named]) => named);
    expect(silent).toEqual([]);
  });

  test("package.json names no package but the types", async () => {
    const { dependencies, devDependencies } = await Bun.file(join(ROOT, "package.json")).json();
    expect(dependencies).toBeUndefined();
    expect(Object.keys(devDependencies).toSorted()).toEqual(["@types/node", "bun-types"]);
  });

  test("bun.lock names no registry host", async () => {
    expect(await Bun.file(join(ROOT, "bun.lock")).text()).not.toMatch(/https?:/);
  });
});
