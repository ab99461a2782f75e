import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
/** The files and folders that a text links to. */
const linked = (text: string) =>
  [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => String(path));

const ARCHITECTURE = read("docs/architecture.md");
const [, map = ""] = ARCHITECTURE.split(/^## /m);

describe("docs/architecture.md", () => {
  test("links to files that exist, each by its own name", () => {
    expect(linked(ARCHITECTURE).length).toBeGreaterThan(50);
    for (const path of linked(ARCHITECTURE)) expect(existsSync(join(ROOT, "docs", path)), path).toBeTrue();
    for (const [, shown, path] of ARCHITECTURE.matchAll(/\[((?:src|test)\/[^\]]+)\]\(([^)]+)\)/g))
      expect(path).toBe(`../${shown}`);
  });

  test("maps every file and folder at the top of src", () => {
    const top = readdirSync(join(ROOT, "src")).map((name) => `../src/${name}`);
    expect(
      linked(map)
        .filter((path) => path.startsWith("../src/"))
        .toSorted(),
    ).toEqual(top.toSorted());
  });

  test("names the guards in the order in which a request meets them", () => {
    const [, way = ""] = ARCHITECTURE.split("## The life of a request");
    const named = [...way.matchAll(/guards\/([a-z-]+)\.ts/g)].map(([, name]) => name);
    const [, app = ""] = read("src/app.ts").split("export function buildApp");
    const [passed = ""] = app.split(".to(");
    const made = [...passed.matchAll(/\.through\((\w+)/g)].map(([, guard]) =>
      guard?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    );
    expect(made).not.toBeEmpty();
    expect(named).toEqual(made);
  });
});

test("the pages of docs/gate link to files that exist, and the README to all of them", () => {
  const pages = readdirSync(join(ROOT, "docs/gate")).map((name) => `docs/gate/${name}`);
  expect(linked(read("README.md"))).toEqual(expect.arrayContaining(pages));
  for (const page of ["README.md", ...pages])
    for (const path of linked(read(page)))
      expect(existsSync(join(ROOT, dirname(page), path)), path).toBeTrue();
});

test("CONTRIBUTING.md links to files that exist, and the README to both", () => {
  for (const path of linked(read("CONTRIBUTING.md"))) expect(existsSync(join(ROOT, path)), path).toBeTrue();
  expect(linked(read("README.md"))).toContain("CONTRIBUTING.md");
  expect(linked(read("README.md"))).toContain("docs/architecture.md");
});
