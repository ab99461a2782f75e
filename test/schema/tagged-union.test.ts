import { describe, expect, mock, test } from "bun:test";
import { integer, text } from "../../src/schema/scalars.ts";
import { absent, isObject, optional, required } from "../../src/schema/schema.ts";
import { taggedUnion } from "../../src/schema/tagged-union.ts";
import { schemaFaults } from "../support/schema-faults.ts";
import { REFERENCE_SCHEMAS } from "../../src/schema/secret-reference.ts";
import { read, taken } from "../support/read-setting.ts";

const seconds = integer("a number of seconds", 0, 60);
const url = text("a URL", /^http:/);
const settings = { path: required(text("a path", /^\//), "The path.") };
const variants = [
  { name: "ping", settings: {} },
  { name: "whoami", settings: {} },
  { name: "verify", settings: { dialect: required(text("a dialect", /^[a-z]+$/), "Which proxy asks.") } },
  {
    name: "proxy",
    settings: {
      proxy: required(url, "Where requests go."),
      timeout: optional(seconds, 5, "How long it may take."),
    },
  },
] as const;
const union = taggedUnion({ tag: "handler", about: "What answers.", settings, variants });
const plain = taggedUnion({
  tag: "handler",
  about: "What answers.",
  settings,
  variants: [variants[0], variants[1]],
});

const NAMES = 'one of "ping", "whoami", "verify"';

describe("taggedUnion()", () => {
  test("reads the variant that its tag names", () => {
    expect(read(union, { path: "/", handler: "ping" })).toEqual(taken({ path: "/", handler: "ping" }));
    const verify = { path: "/", handler: "verify", dialect: "caddy" };
    expect(read(union, verify)).toEqual(taken(verify) as never);
  });

  test("reads the variant that a setting of its name chooses, with defaults, and adds the tag", () => {
    const { given, problems } = read(union, { path: "/", proxy: "http://a" });
    expect(problems).toEqual([]);
    expect(given).toEqual({ path: "/", handler: "proxy", proxy: "http://a", timeout: 5 });
    // The tag tells the types apart.
    if (given?.handler !== "proxy") throw new Error("another variant");
    expect([given.proxy?.length, (given.timeout ?? 0) + 1]).toEqual([8, 6]);
  });

  test("reads a tag from outside of the file, once", () => {
    const resolve = mock(() => ({
      path: [],
      text: "ping",
      source: { by: "env", name: "PING" } as const,
      mode: null,
    }));
    const report = mock();
    const value = { path: "/", handler: { env: "PING" } };
    expect(union.read(value, [], { report, resolve })).toEqual({ path: "/", handler: "ping" });
    expect(resolve).toHaveBeenCalledTimes(1);
    expect(report).not.toHaveBeenCalled();
  });

  const problems: [string, unknown, string[]][] = [
    ["no object", 5, ["at must be an object, was 5"]],
    [
      "an unknown tag, and what is wrong besides",
      { path: "a", handler: "pingg", dialect: "caddy", dialekt: 1 },
      [
        `at.handler must be ${NAMES}, was "pingg"; did you mean "ping"?`,
        'unknown setting "dialekt" in at; settings allowed here: path, handler',
        'at.path must be a path, was "a"',
      ],
    ],
    [
      "no tag, and what is wrong besides",
      { timeout: 1, handlr: "ping" },
      [
        `at.handler is missing; set it to ${NAMES}, or set "proxy" instead`,
        'unknown setting "handlr" in at; did you mean "handler"?',
        "at.path is missing; set it to a path",
      ],
    ],
    [
      "a setting of another variant",
      { path: "/", handler: "verify", dialect: "caddy", timeout: 1 },
      ['at.timeout applies only with "proxy", not with "handler": "verify"'],
    ],
    [
      "a setting of another variant, chosen by a setting",
      { path: "/", proxy: "http://a", dialect: "caddy" },
      ['at.dialect applies only with "handler": "verify", not with "proxy"'],
    ],
    [
      "two ways to choose",
      { path: "/", handler: "ping", proxy: "http://a" },
      [`at.proxy can't be combined with "handler": "ping"`],
    ],
    [
      "a setting that the variant needs",
      { path: "/", handler: "verify" },
      ["at.dialect is missing; set it to a dialect"],
    ],
    [
      "an unknown setting of a variant",
      { path: "/", proxy: "http://a", timeot: 1 },
      ['unknown setting "timeot" in at; did you mean "timeout"?'],
    ],
    ["a wrong value", { path: "/", proxy: "ftp://a" }, ['at.proxy must be a URL, was "ftp://a"']],
  ];
  test.each(problems)("reports %s", (_, value, expected) => {
    expect(read(union, value).problems.toSorted()).toEqual(expected.toSorted());
  });

  test("says that the tag is missing where nothing else can choose", () => {
    expect(read(plain, { path: "/" }).problems).toEqual([
      'at.handler is missing; set it to one of "ping", "whoami"',
    ]);
  });

  test("describes the settings of every variant, and which variant has them", () => {
    const about = Object.entries(union.properties ?? {}).map(([name, setting]) => [name, setting.about]);
    expect(about).toEqual([
      ["path", "The path."],
      ["handler", "What answers."],
      ["dialect", 'Which proxy asks. Only with "handler": "verify".'],
      ["proxy", "Where requests go."],
      ["timeout", 'How long it may take. Only with "proxy".'],
    ]);
    expect(union.properties?.["handler"]?.default).toBeNull();
    expect(plain.properties?.["handler"]?.default).toBeUndefined();
  });

  test("names every variant that has a setting", () => {
    const timeout = absent(seconds, "How long it may take.");
    const [one, two] = ["one", "two"].map((name) => ({ name, settings: { timeout } }));
    const shared = taggedUnion({
      tag: "handler",
      about: "What answers.",
      settings,
      variants: [variants[0], ...(one && two ? [one, two] : [])],
    });
    expect(shared.properties?.["timeout"]?.about).toBe(
      'How long it may take. Only with "handler": "one" or "handler": "two".',
    );
    expect(read(shared, { path: "/", handler: "ping", timeout: 1 }).problems).toEqual([
      'at.timeout applies only with "handler": "one" or "handler": "two", not with "handler": "ping"',
    ]);
  });

  test("has a schema that accepts each variant with its own settings only", () => {
    const faults = (value: unknown) => schemaFaults({ ...union.schema, $defs: REFERENCE_SCHEMAS }, value);
    const sound = [
      { path: "/", handler: "ping" },
      { path: "/", handler: { env: "NAME" } },
      { path: "/", handler: "verify", dialect: "caddy" },
      { path: "/", proxy: "http://a", timeout: 0 },
    ];
    for (const value of sound) expect(faults(value)).toEqual([]);
    for (const [, value] of problems) expect(faults(value)).not.toEqual([]);
  });

  test("has a schema with one alternative for all variants without settings of their own", () => {
    expect((union.schema["anyOf"] as object[]).length).toBe(3);
    expect(plain.schema["anyOf"]).toBeUndefined();
    expect(isObject(plain.schema["properties"])).toBe(true);
  });
});
