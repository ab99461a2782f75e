import { expect, test } from "bun:test";
import { group, list, nullable, object } from "../../src/schema/composites.ts";
import { absent, optional, required } from "../../src/schema/schema.ts";
import { integer, text } from "../../src/schema/scalars.ts";
import { read, taken } from "../support/read-setting.ts";
import { schemaFaults } from "../support/schema-faults.ts";

const short = text("a short text", (value) => value.length < 5);

test("list() reads every element and reports each that is wrong", () => {
  const type = list(short, "short texts");
  expect(read(type, [])).toEqual(taken([]));
  expect(read(type, ["a", "b"])).toEqual(taken(["a", "b"]));
  expect(read(type, ["a", "fives", 7, "b"])).toEqual({
    given: ["a", undefined, undefined, "b"],
    problems: ['at[1] must be a short text, was "fives"', "at[2] must be a short text, was 7"],
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

test("object() returns its properties, with the default of each that is missing", () => {
  expect(read(deep, {})).toEqual(taken({ server: { http: { port: 8000 } }, name: "gate" }));
  expect(read(deep, { server: {}, name: "x" })).toEqual(
    taken({ server: { http: { port: 8000 } }, name: "x" }),
  );
  expect(read(deep, { server: { http: { port: 1 } } })).toEqual(
    taken({ server: { http: { port: 1 } }, name: "gate" }),
  );
});

test("object() reports a required property that is missing, and what it must be", () => {
  const type = object({ name: required(short, "What it is called.") });
  expect(read(type, { name: "x" })).toEqual(taken({ name: "x" }));
  expect(read(type, {}).problems).toEqual(["at.name is missing; set it to a short text"]);
  expect(read(object({ in: group({ name: required(short, "Its name.") }, "") }), {}).problems).toEqual([
    "at.in.name is missing; set it to a short text",
  ]);
});

test("object() goes on after a problem, and returns what is sound", () => {
  expect(read(deep, { server: { http: 80 }, name: 7 })).toEqual({
    given: { server: { http: undefined }, name: undefined },
    problems: ["at.server.http must be an object, was 80", "at.name must be a short text, was 7"],
  });
});

test("object() reports a value that is no object", () => {
  expect(read(deep, [])).toEqual({ given: undefined, problems: ["at must be an object, was a list"] });
  expect(read(deep, null).problems).toEqual(["at must be an object, was null"]);
  expect(read(deep, "x").problems).toEqual(["at must be an object, was a string"]);
});

test("object() proposes the nearest name, the place of a name from below, or else all there are", () => {
  expect(read(deep, { nam: "x" }).problems).toEqual(['unknown setting "nam" in at; did you mean "name"?']);
  expect(read(deep, { port: 80 }).problems).toEqual([
    'unknown setting "port" in at; did you mean "at.server.http.port"?',
  ]);
  expect(read(deep, { certificate: "" }).problems).toEqual([
    'unknown setting "certificate" in at; settings allowed here: server, name',
  ]);
});

test("object() proposes the place of a name by its whole path", () => {
  expect(read(deep, { server: { port: 80 } }).problems).toEqual([
    'unknown setting "port" in at.server; did you mean "at.server.http.port"?',
  ]);
});

test("object() knows no name of the object prototype", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    expect(read(deep, Object.fromEntries([[name, 1]])).problems).toEqual([
      `unknown setting "${name}" in at; settings allowed here: server, name`,
    ]);
  }
});

test("list() takes elements from outside among the others", () => {
  expect(read(list(short, "short texts"), ["a", { env: "SHORT" }, "b"])).toEqual(taken(["a", "four", "b"]));
  expect(read(list(short, "short texts"), [{ env: "LONG" }, "b"]).problems).toEqual([
    "at[0] must be a short text; what the environment variable LONG holds is not",
  ]);
});

test("object() returns null for a property that is absent, and not for one with a problem", () => {
  const type = object({ tls: absent(object({ key: required(short, "Its key.") }), "Serves HTTPS.") });
  expect(read(type, {})).toEqual(taken({ tls: null }));
  expect(read(type, { tls: 1 })).toEqual({
    given: { tls: undefined },
    problems: ["at.tls must be an object, was 1"],
  });
});

test("nullable() takes null besides what its type takes", () => {
  const type = nullable(short);
  expect(read(type, null)).toEqual(taken(null));
  expect(read(type, "four")).toEqual(taken("four"));
  expect(read(type, { env: "SHORT" })).toEqual(taken("four"));
  expect(read(type, 7).problems).toEqual(["at must be a short text, was 7"]);
  expect(type.expected).toBe("a short text, or null");
});

test("nullable() reads the nulls of a list", () => {
  const type = list(nullable(integer("a port", 0, 65535)), "ports");
  expect(read(type, [1, null])).toEqual(taken([1, null]));
  expect(read(type, [null, ""]).problems).toEqual(['at[1] must be a port, was ""']);
});

test("nullable() has a JSON Schema that accepts null", () => {
  const faults = (value: unknown) => schemaFaults(nullable(integer("a port", 0, 9)).schema, value);
  expect([faults(null), faults(9), faults(10)]).toEqual([[], [], [""]]);
});
