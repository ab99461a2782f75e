import { expect, test } from "bun:test";
import { group, list, object } from "../../src/schema/composites.ts";
import { absent, optional, required } from "../../src/schema/schema.ts";
import { integer, text } from "../../src/schema/scalars.ts";
import { LIMITS } from "../../src/limits.ts";
import { read, taken } from "../config/reading.ts";

const short = text("a short text", (value) => value.length < 5);

test("list() reads every element and reports each that is wrong", () => {
  const type = list(short, "short texts");
  expect(read(type, [])).toEqual(taken([]));
  expect(read(type, ["a", "b"])).toEqual(taken(["a", "b"]));
  expect(read(type, ["a", "fives", 7, "b"])).toEqual({
    given: ["a", undefined, undefined, "b"] as string[],
    problems: ['at.1 must be a short text, was "fives"', "at.2 must be a short text, was 7"],
  });
});

test("list() shows nothing of a value that is no list", () => {
  const type = list(short, "short texts");
  expect(read(type, "token1").problems).toEqual(["at must be a list of short texts, was a string"]);
  expect(read(type, { 0: "a" }).problems).toEqual(["at must be a list of short texts, was an object"]);
  expect(read(type, null).problems).toEqual(["at must be a list of short texts, was null"]);
});

const deep = object({
  server: group(
    { http: group({ port: optional(integer("a port", 0, 65535), 8000, "The port.") }, "The listener.") },
    "The server.",
  ),
  name: optional(short, "gate", "The name."),
});

test("object() gives its properties, with the default of each that is left out", () => {
  expect(read(deep, {})).toEqual(taken({ server: { http: { port: 8000 } }, name: "gate" }));
  expect(read(deep, { server: {}, name: "x" })).toEqual(
    taken({ server: { http: { port: 8000 } }, name: "x" }),
  );
  expect(read(deep, { server: { http: { port: 1 } } })).toEqual(
    taken({ server: { http: { port: 1 } }, name: "gate" }),
  );
});

test("object() reports a required member that is missing, and what it must be", () => {
  const type = object({ name: required(short, "What it is called.") });
  expect(read(type, { name: "x" })).toEqual(taken({ name: "x" }));
  expect(read(type, {}).problems).toEqual(["at.name is missing; it must be a short text"]);
  expect(read(object({ in: group({ name: required(short, "Its name.") }, "") }), {}).problems).toEqual([
    "at.in.name is missing; it must be a short text",
  ]);
});

test("object() goes on after a problem, with the default in place of the bad value", () => {
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
  expect(read(deep, { nam: "x" }).problems).toEqual(['at.nam (name) ; did you mean "name"?']);
  expect(read(deep, { port: 80 }).problems).toEqual(['at.port (name) ; did you mean "at.server.http.port"?']);
  expect(read(deep, { certificate: "" }).problems).toEqual([
    "at.certificate (name) ; settings allowed here: server, name",
  ]);
});

test("object() proposes the place of a name by its whole path", () => {
  expect(read(deep, { server: { port: 80 } }).problems).toEqual([
    'at.server.port (name) ; did you mean "at.server.http.port"?',
  ]);
});

test("object() proposes something for as many unknown names as are shown, and for no more", () => {
  const names = Array.from({ length: LIMITS.configProblems + 2 }, (_, index) => `color${index}`);
  const { problems } = read(deep, Object.fromEntries(names.map((name) => [name, "x"])));
  expect(problems).toHaveLength(names.length);
  expect(problems.slice(-3)).toEqual([
    `at.${names.at(-3)} (name) ; settings allowed here: server, name`,
    `at.${names.at(-2)} (name) `,
    `at.${names.at(-1)} (name) `,
  ]);
});

test("object() knows no name of the object prototype", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    expect(read(deep, Object.fromEntries([[name, 1]])).problems).toEqual([
      `at.${name} (name) ; settings allowed here: server, name`,
    ]);
  }
});

test("list() takes elements from outside among the others", () => {
  expect(read(list(short, "short texts"), ["a", { env: "SHORT" }, "b"])).toEqual(taken(["a", "four", "b"]));
  expect(read(list(short, "short texts"), [{ env: "LONG" }, "b"]).problems).toEqual([
    "at.0 must be a short text; what the environment variable LONG holds is not",
  ]);
});

test("object() gives null for a member that may be absent, where what it was is wrong", () => {
  const type = object({ tls: absent(object({ key: required(short, "Its key.") }), "Serves HTTPS.") });
  expect(read(type, {})).toEqual(taken({ tls: null }));
  expect(read(type, { tls: 1 })).toEqual({
    given: { tls: null },
    problems: ["at.tls must be an object, was 1"],
  });
});
