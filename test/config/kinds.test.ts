import { expect, test } from "bun:test";
import {
  group,
  integer,
  list,
  object,
  oneOf,
  optional,
  required,
  secret,
  text,
  wholeNumber,
  type Kind,
} from "../../src/config/kinds.ts";
import { LIMITS } from "../../src/limits.ts";

/** What a kind makes of a value: what it gives, and each of its reports as a line. */
function read<T>(kind: Kind<T>, value: unknown): { given: T | undefined; problems: string[] } {
  const problems: string[] = [];
  const given = kind.read(value, ["at"], (path, text, of) => {
    problems.push(`${path.join(".")}${of === "name" ? " (name)" : ""} ${text}`);
  });
  return { given, problems };
}

/** What a kind makes of a value it takes. */
function taken<T>(given: T): { given: T | undefined; problems: string[] } {
  return { given, problems: [] };
}

const short = text("a short text", (value) => value.length < 5);
const hidden = secret("a secret", (value) => (value === "bad" ? "a bad secret" : null));

test("text() takes a text that the test accepts, and shows any other value", () => {
  expect(read(short, "four")).toEqual(taken("four"));
  expect(read(short, "fives").problems).toEqual(['at must be a short text, was "fives"']);
  expect(read(short, 5).problems).toEqual(["at must be a short text, was 5"]);
  expect(read(short, null).problems).toEqual(["at must be a short text, was null"]);
  expect(read(short, ["a"]).problems).toEqual(["at must be a short text, was a list"]);
  expect(read(short, { a: 1 }).problems).toEqual(["at must be a short text, was an object"]);
});

test("text() shows a long value cut and a line feed escaped", () => {
  const { problems } = read(short, `\n${"x".repeat(LIMITS.configExcerpt)}`);
  const shown = `"\\n${"x".repeat(LIMITS.configExcerpt - 1)}..."`;
  expect(problems).toEqual([`at must be a short text, was ${shown}`]);
});

test("secret() takes a text without fault, and shows no other value", () => {
  expect(read(hidden, "good")).toEqual(taken("good"));
  expect(read(hidden, "bad").problems).toEqual(["at must be a secret, was a bad secret"]);
  expect(read(hidden, 12345).problems).toEqual(["at must be a secret, was a number"]);
  expect(read(hidden, false).problems).toEqual(["at must be a secret, was a boolean"]);
  expect(read(hidden, ["good"]).problems).toEqual(["at must be a secret, was a list"]);
  expect(read(hidden, { good: "good" }).problems).toEqual(["at must be a secret, was an object"]);
});

test("wholeNumber() takes the least and what is above, but no fraction and nothing unsafe", () => {
  expect(read(wholeNumber(3), 3)).toEqual(taken(3));
  expect(read(wholeNumber(3), Number.MAX_SAFE_INTEGER)).toEqual(taken(Number.MAX_SAFE_INTEGER));
  expect(read(wholeNumber(3), 2).problems).toEqual(["at must be a whole number of at least 3, was 2"]);
  expect(read(wholeNumber(3), 3.5).problems).toEqual(["at must be a whole number of at least 3, was 3.5"]);
  expect(read(wholeNumber(3), "3").problems).toEqual(['at must be a whole number of at least 3, was "3"']);
  expect(read(wholeNumber(3), 2 ** 53).problems).toEqual([
    "at must be a whole number of at least 3, was 9007199254740992",
  ]);
  expect(read(wholeNumber(3), Infinity).problems).toEqual([
    "at must be a whole number of at least 3, was Infinity",
  ]);
});

test("integer() takes a number of any size without a fraction", () => {
  expect(read(integer("a port"), -1)).toEqual(taken(-1));
  expect(read(integer("a port"), 70000)).toEqual(taken(70000));
  expect(read(integer("a port"), 0.5).problems).toEqual(["at must be a port, was 0.5"]);
  expect(read(integer("a port"), "80").problems).toEqual(['at must be a port, was "80"']);
});

test("oneOf() takes its words, and proposes the nearest for another", () => {
  const kind = oneOf(["text", "json"]);
  expect(read(kind, "json")).toEqual(taken("json"));
  expect(read(kind, "JSON").problems).toEqual([
    'at must be one of "text", "json", was "JSON"; did you mean "json"?',
  ]);
  expect(read(kind, "yaml").problems).toEqual(['at must be one of "text", "json", was "yaml"']);
  expect(read(kind, ["json"]).problems).toEqual(['at must be one of "text", "json", was a list']);
});

test("list() reads every element and reports each that is wrong", () => {
  const kind = list(short, "short texts");
  expect(read(kind, [])).toEqual(taken([]));
  expect(read(kind, ["a", "b"])).toEqual(taken(["a", "b"]));
  expect(read(kind, ["a", "fives", 7])).toEqual({
    given: undefined,
    problems: ['at.1 must be a short text, was "fives"', "at.2 must be a short text, was 7"],
  });
});

test("list() shows nothing of a value that is no list", () => {
  const kind = list(short, "short texts");
  expect(read(kind, "token1").problems).toEqual(["at must be a list of short texts, was a string"]);
  expect(read(kind, { 0: "a" }).problems).toEqual(["at must be a list of short texts, was an object"]);
  expect(read(kind, null).problems).toEqual(["at must be a list of short texts, was null"]);
});

const deep = object({
  server: group(
    { http: group({ port: optional(wholeNumber(0), 8000, "The port.") }, "The listener.") },
    "The server.",
  ),
  name: optional(short, "gate", "The name."),
});

test("object() gives its members, with the fallback of each that is left out", () => {
  expect(read(deep, {})).toEqual(taken({ server: { http: { port: 8000 } }, name: "gate" }));
  expect(read(deep, { server: {}, name: "x" })).toEqual(
    taken({ server: { http: { port: 8000 } }, name: "x" }),
  );
  expect(read(deep, { server: { http: { port: 1 } } })).toEqual(
    taken({ server: { http: { port: 1 } }, name: "gate" }),
  );
});

test("object() reports a required member that is missing, and what it must be", () => {
  const kind = object({ name: required(short, "What it is called.") });
  expect(read(kind, { name: "x" })).toEqual(taken({ name: "x" }));
  expect(read(kind, {}).problems).toEqual(["at.name is missing; it must be a short text"]);
  expect(read(object({ in: group({ name: required(short, "Its name.") }, "") }), {}).problems).toEqual([
    "at.in.name is missing; it must be a short text",
  ]);
});

test("object() goes on after a problem, with the fallback in place of the bad value", () => {
  expect(read(deep, { server: { http: 80 }, name: 7 })).toEqual({
    given: { server: { http: { port: 8000 } }, name: "gate" },
    problems: ["at.server.http must be an object, was 80", "at.name must be a short text, was 7"],
  });
});

test("object() reports a value that is no object", () => {
  expect(read(deep, [])).toEqual({ given: undefined, problems: ["at must be an object, was a list"] });
  expect(read(deep, null).problems).toEqual(["at must be an object, was null"]);
  expect(read(deep, "x").problems).toEqual(['at must be an object, was "x"']);
});

test("object() proposes the nearest name, the place of a name from below, or else all there are", () => {
  expect(read(deep, { nam: "x" }).problems).toEqual(['at.nam (name) is no setting; did you mean "name"?']);
  expect(read(deep, { port: 80 }).problems).toEqual([
    "at.port (name) is no setting here; did you mean at.server.http.port?",
  ]);
  expect(read(deep, { certificate: "" }).problems).toEqual([
    "at.certificate (name) is no setting; here may stand server, name",
  ]);
});

test("object() proposes the place of a name by its whole path", () => {
  expect(read(deep, { server: { port: 80 } }).problems).toEqual([
    "at.server.port (name) is no setting here; did you mean at.server.http.port?",
  ]);
});

test("object() proposes something for as many unknown names as are shown, and for no more", () => {
  const names = Array.from({ length: LIMITS.configProblems + 2 }, (_, index) => `color${index}`);
  const { problems } = read(deep, Object.fromEntries(names.map((name) => [name, "x"])));
  expect(problems).toHaveLength(names.length);
  expect(problems.slice(-3)).toEqual([
    `at.${names.at(-3)} (name) is no setting; here may stand server, name`,
    `at.${names.at(-2)} (name) is no setting`,
    `at.${names.at(-1)} (name) is no setting`,
  ]);
});

test("object() knows no name of the object prototype", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    expect(read(deep, Object.fromEntries([[name, 1]])).problems).toEqual([
      `at.${name} (name) is no setting; here may stand server, name`,
    ]);
  }
});
